//! The record: append-only, chained, and shown.

use tierline::domain::decision::Disposition;

use super::fixture::{ROSA, noon, number_of, sample};
use super::safety::Raw;
use crate::harness::database::TestDatabase;

async fn three_tickets(db: &TestDatabase) -> Vec<String> {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let mut streams = Vec::new();
    for n in 0..3 {
        let sample = sample(n, 0);
        sample.take_in(&db.store, mailbox).await.unwrap();
        streams.push(format!("ticket:{}", sample.ticket_id()));
    }
    streams.sort();
    streams
}

pub async fn the_record_refuses_changes(db: &TestDatabase) {
    three_tickets(db).await;
    let mut raw = Raw::connect(db).await;
    for change in [
        "UPDATE event SET kind = 'other' WHERE seq = 1",
        "DELETE FROM event WHERE seq = 6",
        "UPDATE stream_head SET seq = 1",
        "DELETE FROM stream_head",
    ] {
        assert!(raw.execute(change).await.is_err(), "{change}");
    }
    let report = db.store.verify(None).await.unwrap();
    assert_eq!((report.streams, report.events, report.first_break), (4, 19, None));
}

pub async fn verify_names_the_changed_event(db: &TestDatabase) {
    let streams = three_tickets(db).await;
    let mut raw = Raw::connect(db).await;
    raw.drop_triggers().await;
    for (column, value) in [
        ("kind", "'other'"),
        ("actor", "'person:eve'"),
        ("particulars", "'{}'"),
        ("at", "at + 1"),
        ("hash", "previous"),
    ] {
        let (stream, before) = (&streams[1], format!("keep_{column}"));
        let row = format!("stream = '{stream}' AND seq = 4");
        raw.execute(&format!(
            "CREATE TABLE {before} AS SELECT {column} AS v FROM event WHERE {row}"
        ))
        .await
        .unwrap();
        raw.execute(&format!("UPDATE event SET {column} = {value} WHERE {row}")).await.unwrap();
        let found = db.store.verify(None).await.unwrap().first_break.expect(column);
        assert_eq!((&found.stream, found.seq), (stream, 4), "{column}: {}", found.what);
        assert!(db.store.verify(Some(&streams[0])).await.unwrap().first_break.is_none());
        assert!(db.store.verify(Some(stream)).await.unwrap().first_break.is_some());
        raw.execute(&format!("UPDATE event SET {column} = (SELECT v FROM {before}) WHERE {row}"))
            .await
            .unwrap();
        assert_eq!(db.store.verify(None).await.unwrap().first_break, None);
    }
}

pub async fn verify_misses_no_cut(db: &TestDatabase) {
    let streams = three_tickets(db).await;
    let mut raw = Raw::connect(db).await;
    raw.drop_triggers().await;
    for (stream, cut, seq) in [(2, "seq = 3", 3), (1, "seq >= 5", 5), (0, "seq >= 1", 1)] {
        let stream = &streams[stream];
        raw.execute(&format!("DELETE FROM event WHERE stream = '{stream}' AND {cut}"))
            .await
            .unwrap();
        let found = db.store.verify(Some(stream)).await.unwrap().first_break.unwrap();
        assert_eq!((&found.stream, found.seq), (stream, seq), "{}", found.what);
    }
    assert!(db.store.verify(None).await.unwrap().first_break.is_some());
}

pub async fn a_ticket_is_shown_with_its_reasons(db: &TestDatabase) {
    let mailbox = db.store.open_mailbox("support", noon()).await.unwrap().id;
    let sample = sample(1, 0);
    sample.take_in(&db.store, mailbox).await.unwrap();
    let detail = db.store.ticket_detail(&number_of(&sample)).await.unwrap().unwrap();
    assert_eq!(detail.ticket.requester, ROSA);
    assert_eq!(detail.mails[0].disposition, Disposition::New);
    assert_eq!(detail.mails[0].head.text, sample.mail.text);
    assert_eq!(detail.mails[0].head.raw_sha, sample.mail.raw_sha);
    assert_eq!(detail.mails[0].trace.as_ref(), Some(&sample.decision.trace));
    assert_eq!(detail.matters, sample.decision.matters);
    assert_eq!((detail.clocks.len(), detail.letters.len()), (4, 1));
    assert_eq!(detail.letters[0].recipient, ROSA);
    assert_eq!(db.store.mails_by_fate(Disposition::New, 5).await.unwrap(), detail.mails);
    assert!(db.store.mails_by_fate(Disposition::Held, 5).await.unwrap().is_empty());
    let events: Vec<_> = detail.events.into_iter().map(|line| line.event).collect();
    assert_eq!(events, sample.decision.events);
    let mut filter = tierline::store::view::TicketFilter {
        requester: Some("Rosa@Example.com".into()),
        queue: Some("escrow".into()),
        ..Default::default()
    };
    let lines = db.store.ticket_list(&filter).await.unwrap();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].ticket, detail.ticket);
    assert_eq!(lines[0].next_due_at, Some(detail.clocks[0].due_at));
    filter.queue = Some("payments".into());
    assert!(db.store.ticket_list(&filter).await.unwrap().is_empty());
}
