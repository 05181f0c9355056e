use super::fixture::{noon, sample};
use crate::harness::database::TestDatabase;
pub async fn speed(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let samples: Vec<_> = (0..2000).map(|n| sample(n, 0)).collect();
    let (mut a, mut b) = (0.0, 0.0);
    for batch in samples.chunks(100) {
        let t = std::time::Instant::now();
        let raws: Vec<_> = batch.iter().map(|s| s.raw_mail(mailbox)).collect();
        let refs = db.store.store_raw(&raws).await.unwrap();
        a += t.elapsed().as_secs_f64();
        let refs: Vec<[i64; 1]> = refs.iter().map(|r| [r.source_ref_id]).collect();
        let t = std::time::Instant::now();
        let applied: Vec<_> = batch.iter().zip(&refs).map(|(s, r)| s.applied(mailbox, r)).collect();
        db.store.apply(&applied).await.unwrap();
        b += t.elapsed().as_secs_f64();
    }
    println!("pg={} raw {:.0}/s apply {:.0}/s", db.store.is_postgres(), 2000.0 / a, 2000.0 / b);
}
