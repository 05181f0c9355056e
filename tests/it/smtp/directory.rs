//! Letters as files.

use tierline::postage::directory::DirectorySink;

use super::LETTER;

#[tokio::test]
async fn a_letter_in_a_directory_is_whole_and_there_is_only_one() {
    let directory = tempfile::tempdir().unwrap();
    let sink = DirectorySink { path: directory.path().join("letters") };
    let id = "abc.def@mail.example.com";
    let path = sink.deliver(id, LETTER).await.unwrap();
    assert_eq!(sink.deliver(id, LETTER).await.unwrap(), path);
    assert_eq!(std::fs::read(&path).unwrap(), LETTER);
    assert_eq!(path.file_name().unwrap(), "abc.def@mail.example.com.eml");
    assert_eq!(std::fs::read_dir(&sink.path).unwrap().count(), 1);
    for hostile in ["../x@mail.example.com", "a/b@mail.example.com", "", "no-at", "a\0@b"] {
        assert!(sink.deliver(hostile, LETTER).await.is_err(), "{hostile:?}");
    }
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}
