//! Mail that another program delivers into folders on this machine.

use std::fs;
use std::time::{Duration, SystemTime};

use tierline::mailbox::maildir::{MaildirError, MaildirSource};

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["new", "cur", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    fn put(&self, name: &str, content: &str, age_secs: u64) {
        let path = self.0.path().join(name);
        fs::write(&path, content).unwrap();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 - age_secs);
        fs::File::options().write(true).open(path).unwrap().set_modified(at).unwrap();
    }

    fn source(&self) -> MaildirSource {
        MaildirSource::new(self.0.path())
    }
}

async fn keys(source: &MaildirSource) -> Vec<String> {
    source.list().await.unwrap().into_iter().map(|listed| listed.key).collect()
}

#[tokio::test]
async fn mail_is_listed_oldest_first_and_unfinished_or_linked_files_are_not() {
    let folder = Folder::new();
    folder.put("new/2.host", "second", 10);
    folder.put("cur/1.host:2,S", "first", 20);
    folder.put("new/3.host", "third", 10);
    folder.put("tmp/4.host", "unfinished", 5);
    folder.put("new/.hidden", "no mail", 5);
    std::os::unix::fs::symlink("/etc/passwd", folder.0.path().join("new/5.host")).unwrap();
    let listed = folder.source().list().await.unwrap();
    assert_eq!(keys(&folder.source()).await, ["1.host", "2.host", "3.host"]);
    assert_eq!(listed[0].size, 5);
    assert_eq!(listed[0].received_at.unwrap().as_second(), 1_700_000_000 - 20);
}

#[tokio::test]
async fn a_mail_is_fetched_by_its_key_whatever_its_flags_are() {
    let folder = Folder::new();
    folder.put("cur/1.host:2,RS", "hello", 1);
    let source = folder.source();
    assert_eq!(source.fetch("1.host", 5).await.unwrap(), b"hello");
    assert_eq!(source.fetch_head("1.host", 2).await.unwrap(), b"he");
    let refused = source.fetch("1.host", 4).await;
    assert!(matches!(refused, Err(MaildirError::TooLarge { limit: 4, .. })));
    assert!(matches!(source.fetch("9.host", 4).await, Err(MaildirError::Gone { .. })));
    for key in ["../secret", "", ".", "a/b", "/etc/passwd"] {
        let refused = source.fetch(key, 99).await;
        assert!(matches!(refused, Err(MaildirError::BadKey { .. })), "{key:?}");
    }
}

#[tokio::test]
async fn a_mail_put_away_is_in_processed_once_and_never_replaces_another() {
    let folder = Folder::new();
    let source = folder.source();
    folder.put("new/1.host", "first", 2);
    source.put_away("1.host").await.unwrap();
    source.put_away("1.host").await.unwrap();
    folder.put("cur/1.host:2,S", "another under the same name", 1);
    source.put_away("1.host").await.unwrap();
    assert!(keys(&source).await.is_empty());
    let away = folder.0.path().join(".Processed/cur");
    assert_eq!(fs::read_to_string(away.join("1.host:2,")).unwrap(), "first");
    assert_eq!(fs::read_dir(away).unwrap().count(), 2);
}

#[tokio::test]
async fn a_maildir_that_is_not_there_yet_is_empty() {
    let source = MaildirSource::new("/nonexistent/maildir");
    assert!(keys(&source).await.is_empty());
}
