//! The reports over HTTP: each has a picture, a table with the same figures and
//! a file, for those who may see figures.

use tierline::domain::actor::Role;
use tierline::domain::report::ReportName;

use super::on_both;
use crate::harness::desk::mail;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_report_is_a_picture_a_table_and_a_file() {
    on_both(async |site| {
        let text = "Notice of error: you applied my payment to the wrong loan. I want to speak to \
                    a supervisor.";
        site.desk.receives(&mail("Notice of error", text).raw());
        site.desk.settles().await;
        site.desk.climbs().await;
        let (mut auditor, _) = site.signed_in("lou", Role::Auditor).await;
        let all = auditor.get("/reports").await.html;
        for name in ReportName::ALL {
            assert!(all.contains(&format!("/reports/{name}\"")), "{all}");
            let page = auditor.get(&format!("/reports/{name}")).await;
            assert_eq!(page.status, 200, "{name} {}", page.html);
            let is_drawn = *name != ReportName::Responses; // nothing was met yet
            assert_eq!(page.html.contains("<svg"), is_drawn, "{name} {}", page.html);
            assert_eq!(page.html.contains("<table"), is_drawn, "{name}");
            assert!(!page.html.contains("Rosa") && !page.html.contains("rosa@"), "{name}");
            let file = auditor.get(&format!("/reports/{name}.csv")).await;
            assert_eq!(file.status, 200, "{name}");
            assert_eq!(file.html.lines().count() > 1, is_drawn, "{name} {}", file.html);
            assert!(!file.html.contains("<html"), "{name}");
        }
        let clocks = auditor.get("/reports/clocks.csv").await.html;
        assert!(clocks.contains("\r\nNOE_ACK,statutory,1,0,0,0,1,0\r\n"), "{clocks}");
        let arrivals = auditor.get("/reports/arrivals").await.html;
        assert!(arrivals.contains("bring 100 % of the tickets"), "{arrivals}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_days_are_in_the_address_and_impossible_ones_are_named() {
    on_both(async |site| {
        site.desk.receives(&mail("My escrow", "Why did my escrow payment go up?").raw());
        site.desk.settles().await;
        let (mut sam, _) = site.signed_in("sam", Role::Supervisor).await;
        let before = sam.get("/reports/recurring?from=2020-01-01&until=2020-01-31").await.html;
        assert!(before.contains("Nothing of this kind happened"), "{before}");
        assert!(before.contains("value=\"2020-01-01\""), "{before}");
        for days in ["from=yesterday", "from=2026-12-31&until=2026-01-01", "until=-9999-01-01"] {
            let page = sam.get(&format!("/reports/recurring?{days}")).await;
            assert_eq!(page.status, 422, "{days}");
            assert!(page.html.contains("Please correct this"), "{}", page.html);
            let file = sam.get(&format!("/reports/recurring.csv?{days}")).await;
            assert_eq!(file.status, 422, "{days}");
        }
        assert_eq!(sam.get("/reports/borrowers").await.status, 404);
        let (mut operator, _) = site.signed_in("olga", Role::Operator).await;
        assert_eq!(operator.get("/reports/clocks.csv").await.status, 404);
    })
    .await;
}
