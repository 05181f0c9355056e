//! The same commands on PostgreSQL.

use super::desk::{Desk, NOTICE, RECEIVED};
use crate::harness::postgres::Cluster;

#[tokio::test(flavor = "multi_thread")]
async fn every_list_works_on_postgres_and_the_doctor_sees_an_unsafe_server() {
    let cluster = Cluster::start().await;
    let url = cluster.create_database().await;
    let desk = Desk::on(&format!("url = {url:?}\nallow_unsafe_durability = true")).with_staff();
    desk.write("notice.eml", NOTICE.as_bytes());
    let ingest = ["ingest", "--json", RECEIVED[0], RECEIVED[1], "notice.eml"];
    let number = desk.run(&ingest).ended(0).json()["ticket"].as_str().unwrap().to_owned();
    desk.run(&["templates", "import", "--by", "ana", "--secret-file", "ana.secret"]).ended(0);
    assert!(desk.run(&["templates", "list", "--json"]).ended(0).lines().len() >= 20);
    assert_eq!(desk.run(&["ticket", "list", "--json"]).ended(0).json()["ticket"], number.as_str());
    desk.run(&["ticket", "show", &number]).ended(0);
    let held = desk.run(&["outbox", "list", "--state", "held", "--json"]).ended(0).json();
    desk.run(&["outbox", "show", held["id"].as_str().unwrap()]).ended(0);
    assert_eq!(desk.run(&["mail", "list", "--json"]).ended(0).lines().len(), 1);
    desk.run(&["audit", "verify"]).ended(0);
    desk.run(&["check"]).ended(0);
    // The cluster of the tests is fast because it may lose a commit.
    let said = desk.run(&["doctor", "--json"]).ended(3).lines();
    let unsafe_one = said.iter().find(|one| one["what"] == "database fsync").unwrap();
    assert_eq!(unsafe_one["verdict"], "wrong", "{unsafe_one}");
    assert!(said.iter().any(|one| one["what"] == "database server_version"));
}
