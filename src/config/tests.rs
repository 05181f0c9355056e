//! The file is the reference, the defaults and the only list of keys.

use std::collections::BTreeSet;

use super::reader::complete_reference;
use super::source::{Node, Value};
use super::*;

fn parse(text: &str) -> Result<Config, ConfigProblems> {
    Config::parse("t.toml", text, [])
}

fn problems(text: &str) -> Vec<String> {
    parse(text).unwrap_err().0.iter().map(ToString::to_string).collect()
}

const CARE: &str = r#"
[[mailbox]]
name = "care"
host = "imap.example.com"
user = "care@example.com"
password_file = "care.secret"
addresses = ["Care@Example.com"]
"#;

fn keys(node: &Node, path: &str, into: &mut BTreeSet<String>) {
    match &node.value {
        Value::Table(table) => {
            for (key, node) in table {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                into.insert(path.clone());
                keys(node, &path, into);
            }
        }
        Value::List(items) => items.iter().for_each(|item| keys(item, path, into)),
        _ => {}
    }
}

#[test]
fn every_key_of_the_reference_is_read_and_every_key_read_is_in_it() {
    let complete = complete_reference();
    let mut documented = BTreeSet::new();
    keys(&Source::parse("reference", &complete).unwrap(), "", &mut documented);
    let mut asked = BTreeSet::new();
    for kind in ["imap", "maildir"] {
        let text = complete.replace("kind = \"imap\"", &format!("kind = \"{kind}\""));
        let reader = Reader::new(Source::read("reference", &text, []).unwrap()).unwrap();
        let _ = Config::from_reader(&reader);
        asked.extend(reader.asked());
    }
    assert_eq!(documented, asked);
}

#[test]
fn every_key_of_the_reference_has_a_comment_in_its_paragraph() {
    let mut is_explained = false;
    for line in REFERENCE.lines() {
        let key = line.trim_start_matches('#');
        if line.starts_with("# ") {
            is_explained = true;
        } else if line.is_empty() {
            is_explained = false;
        } else if key.contains(" = ") {
            assert!(is_explained || line.starts_with('#'), "{line} stands without a comment");
        }
    }
}

#[test]
fn the_defaults_need_no_file_and_no_environment() {
    let config = Config::load(None, []).unwrap();
    assert_eq!(config.database.url, "sqlite:tierline.db");
    assert_eq!(config.limits.max_mail_bytes, 35 << 20);
    assert_eq!(config.web.listen.to_string(), "127.0.0.1:8025");
    assert!(config.mailboxes.is_empty());
    assert!(!config.database.allow_unsafe_durability);
}

#[test]
fn a_mailbox_takes_its_defaults_from_the_reference() {
    let config = parse(CARE).unwrap();
    let care = &config.mailboxes[0];
    assert_eq!(care.addresses, ["care@example.com"]);
    assert_eq!(care.poll_interval.as_secs(), 60);
    assert!(care.own_mx_hosts.is_empty(), "an example is not a default");
    let mailbox::MailboxKind::Imap(imap) = &care.source else { panic!("{care:?}") };
    assert_eq!((imap.port, imap.folder.as_str()), (993, "INBOX"));
    assert_eq!(imap.security, mailbox::Security::ImplicitTls);
}

#[test]
fn all_problems_come_at_once_with_their_lines() {
    let text = "[instance]\nnmae = \"x\"\ntimezone = \"Mars/Olympus\"\n[database]\nmax_connections = 0\n\
                [limits]\nmax_mail_bytes = \"25\"\n[web]\nlisten = \"0.0.0.0:80\"\n[smpt]\n";
    let found = problems(text);
    let expected = ["t.toml:3", "t.toml:2", "t.toml:5", "t.toml:7", "t.toml:9", "t.toml:10"];
    for place in expected {
        assert!(found.iter().any(|problem| problem.starts_with(place)), "{place}: {found:#?}");
    }
    assert!(found.iter().any(|problem| problem.contains("did you mean name?")), "{found:#?}");
    assert!(found.iter().any(|problem| problem.contains("did you mean smtp?")), "{found:#?}");
}

#[test]
fn a_secret_in_the_file_is_refused_and_never_repeated() {
    let text =
        format!("{CARE}password = \"hunter2\"\n[database]\nurl = \"postgres://u:hunter2@h/d\"\n");
    let found = problems(&text);
    assert!(found.iter().any(|problem| problem.contains("password_file or password_env")));
    assert!(found.iter().any(|problem| problem.contains("has a password in it")));
    assert!(!found.join("\n").contains("hunter2"), "{found:#?}");
}

#[test]
fn the_environment_wins_over_the_file_and_is_named_when_wrong() {
    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let good = [
        set("TIERLINE__SMTP__PORT", "2525"),
        set("TIERLINE__MAILBOX__0__USER", "help@example.com"),
        set("TIERLINE__WEB__ALLOWED_HOSTS", "a.example.com, b.example.com"),
        set("PATH", "/bin"),
    ];
    let config = Config::parse("t.toml", &format!("{CARE}[smtp]\nport = 25\n"), good).unwrap();
    assert_eq!(config.smtp.port, 2525);
    assert_eq!(config.web.allowed_hosts, ["a.example.com", "b.example.com"]);
    let bad =
        [set("TIERLINE__SMTP__PROT", "25"), set("TIERLINE__DATABASE__MAX_CONNECTIONS", "many")];
    let found = Config::parse("t.toml", CARE, bad).unwrap_err().to_string();
    assert!(found.contains("TIERLINE__SMTP__PROT"), "{found}");
    assert!(
        found.contains("TIERLINE__DATABASE__MAX_CONNECTIONS: database.max_connections"),
        "{found}"
    );
    let nowhere = [set("TIERLINE__MAILBOX__7__USER", "x")];
    assert!(Config::parse("t.toml", CARE, nowhere).is_err());
}

#[test]
fn mail_and_passwords_never_cross_a_network_in_clear() {
    let found = problems(&format!("{CARE}security = \"plain\"\n"));
    assert!(found[0].contains("in clear"), "{found:#?}");
    let local = CARE.replace("imap.example.com", "127.0.0.1");
    assert!(parse(&format!("{local}security = \"plain\"\n")).is_ok());
}

#[test]
fn two_mailboxes_share_neither_a_name_nor_an_address() {
    let found = problems(&format!("{CARE}{CARE}"));
    assert_eq!(found.len(), 2, "{found:#?}");
}

#[test]
fn a_mailbox_needs_one_way_to_log_in() {
    let found = problems(&CARE.replace("password_file = \"care.secret\"", ""));
    assert!(found[0].contains("password_file, password_env or [mailbox.oauth]"), "{found:#?}");
    let unset = CARE.replace("password_file = \"care.secret\"", "password_env = \"NOT_SET\"");
    assert!(problems(&unset)[0].contains("not set"));
    let oauth = "[mailbox.oauth]\ntoken_endpoint = \"https://l.example.com/t\"\nclient_id = \"c\"\n\
                 refresh_token_file = \"r\"\n";
    assert!(problems(&format!("{CARE}{oauth}"))[0].contains("beside a password"));
    let alone = CARE.replace("password_file = \"care.secret\"", "");
    assert!(parse(&format!("{alone}{oauth}")).is_ok());
}

#[test]
fn broken_toml_names_its_line() {
    let found = problems("[smtp]\nport = = 25\n");
    assert!(found[0].starts_with("t.toml:2: is not TOML"), "{found:#?}");
}

#[test]
fn a_missing_file_is_a_problem_with_its_name() {
    let missing = std::path::Path::new("/nonexistent/tierline.toml");
    let found = Config::load(Some(missing), []).unwrap_err().to_string();
    assert!(found.contains("/nonexistent/tierline.toml"), "{found}");
}

#[test]
fn settings_are_shown_as_they_were_read_with_the_place() {
    let text = "[instance]\nname = \"north\"\n[web]\nallowed_hosts = [\"desk.example.com\"]\n";
    let config = Config::parse("test.toml", text, []).unwrap();
    let shown = |key: &str| {
        let setting = config.settings.iter().find(|setting| setting.key == key).unwrap();
        (setting.value.as_str(), setting.place.as_deref())
    };
    assert_eq!(shown("instance.name"), ("\"north\"", Some("test.toml:2")));
    assert_eq!(shown("web.allowed_hosts"), ("[\"desk.example.com\"]", Some("test.toml:4")));
    assert_eq!(shown("web.listen"), ("\"127.0.0.1:8025\"", None));
}
