//! What each command does to the peer's folders.

use super::conversation::{Answer, Conversation};
use super::state::{PeerFolder, State};
use super::{fetch, members};

impl Conversation {
    pub(super) fn carry_out(
        &mut self,
        verb: &str,
        arguments: &str,
        literal: &[u8],
        shift: u32,
    ) -> Answer {
        let mut answer = match verb {
            "CAPABILITY" => {
                let offers = self.shared.state().capabilities.join(" ");
                Answer::ok().says(format!("* CAPABILITY IMAP4rev1 {offers}"))
            }
            "NOOP" => Answer::ok(),
            "LOGIN" => {
                let expected = format!("\"{}\"", self.shared.state().password);
                if arguments.ends_with(&expected) { Answer::ok() } else { Answer::no("wrong") }
            }
            "SELECT" => return self.select(&unquoted(arguments)),
            "CREATE" => create(&mut self.shared.state(), &unquoted(arguments)),
            "STATUS" => status(&mut self.shared.state(), arguments),
            "APPEND" => append(&mut self.shared.state(), arguments, literal),
            "FETCH" | "UID FETCH" => self.fetch(verb, arguments, shift),
            "UID MOVE" | "UID COPY" => self.transfer(verb == "UID MOVE", arguments),
            "UID STORE" => self.on_mails(arguments, |folder, uid, rest| {
                let flags = rest.rsplit_once('(').unwrap().1.trim_end_matches(')');
                let flags = flags.split(' ').map(str::to_owned);
                folder.mail(uid).flags.extend(flags);
            }),
            "UID EXPUNGE" => self.on_mails(arguments, |folder, uid, _| {
                if folder.mail(uid).flags.contains("\\Deleted") {
                    folder.remove(uid);
                }
            }),
            _ => Answer { untagged: Vec::new(), tagged: "BAD unknown command".to_owned() },
        };
        answer.untagged.extend(self.news(!verb.ends_with("FETCH")));
        self.shared.changed.notify_waiters();
        answer
    }

    fn select(&mut self, name: &str) -> Answer {
        let state = self.shared.state();
        self.selected = None;
        let Some(folder) = state.folders.get(name) else {
            return Answer::no("[NONEXISTENT] no such folder");
        };
        self.selected = Some(name.to_owned());
        self.view = folder.mails.iter().map(|mail| mail.uid).collect();
        let keywords = if folder.keeps_keywords { " \\*" } else { "" };
        let uidnext = folder.told_uidnext.unwrap_or(folder.uidnext);
        let mut answer = Answer::ok()
            .says("* FLAGS (\\Seen \\Deleted)")
            .says(format!("* {} EXISTS", folder.mails.len()))
            .says(format!("* OK [PERMANENTFLAGS (\\Seen \\Deleted{keywords})] kept"))
            .says(format!("* OK [UIDNEXT {uidnext}] next"));
        if let Some(validity) = folder.uidvalidity {
            answer = answer.says(format!("* OK [UIDVALIDITY {validity}] valid"));
        }
        let access = if folder.is_read_only { "READ-ONLY" } else { "READ-WRITE" };
        answer.tagged = format!("OK [{access}] selected");
        answer
    }

    fn fetch(&mut self, verb: &str, arguments: &str, shift: u32) -> Answer {
        let Some(name) = self.selected.clone() else { return Answer::no("nothing selected") };
        let (set, items) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let numbers: Vec<u32> = (1..).take(self.view.len()).collect();
        let is_by_uid = verb.starts_with("UID");
        let chosen = members(set, if is_by_uid { &self.view } else { &numbers });
        let mut state = self.shared.state();
        let folder = state.folder(&name);
        let mut answer = Answer::ok();
        let is_refused =
            |uid: &u32| folder.mails.iter().any(|mail| mail.uid == *uid && mail.is_refused);
        if is_by_uid && items.contains("BODY.PEEK") && chosen.iter().any(is_refused) {
            return Answer::no("[SERVERBUG] this mail is corrupt");
        }
        for (number, uid) in (1..).zip(&self.view) {
            let is_chosen = if is_by_uid { chosen.contains(uid) } else { chosen.contains(&number) };
            let mail = folder.mails.iter().find(|mail| mail.uid == *uid);
            if let Some(mail) = mail.filter(|_| is_chosen) {
                answer.untagged.push(fetch::row(number as usize, mail, items, shift));
            }
        }
        answer
    }

    fn on_mails(&mut self, arguments: &str, change: impl Fn(&mut PeerFolder, u32, &str)) -> Answer {
        let Some(name) = self.selected.clone() else { return Answer::no("nothing selected") };
        let (set, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let mut state = self.shared.state();
        let folder = state.folder(&name);
        let present: Vec<u32> = folder.mails.iter().map(|mail| mail.uid).collect();
        for uid in members(set, &present) {
            change(folder, uid, rest);
        }
        Answer::ok()
    }

    fn transfer(&mut self, is_move: bool, arguments: &str) -> Answer {
        let Some(name) = self.selected.clone() else { return Answer::no("nothing selected") };
        let (set, target) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let mut state = self.shared.state();
        let Some(mut target_folder) = state.folders.remove(&unquoted(target)) else {
            return Answer::no("[TRYCREATE] no such folder");
        };
        let folder = state.folder(&name);
        let present: Vec<u32> = folder.mails.iter().map(|mail| mail.uid).collect();
        for uid in members(set, &present) {
            let mail = folder.mail(uid).clone();
            let new_uid = target_folder.add(&mail.raw);
            target_folder.mail(new_uid).internal_date = mail.internal_date;
            if is_move {
                folder.remove(uid);
            }
        }
        state.folders.insert(unquoted(target), target_folder);
        Answer::ok()
    }
}

fn create(state: &mut State, name: &str) -> Answer {
    if state.folders.contains_key(name) {
        return Answer::no("[ALREADYEXISTS] there is one");
    }
    state.folder(name);
    Answer::ok()
}

fn status(state: &mut State, arguments: &str) -> Answer {
    let name = unquoted(arguments.rsplit_once(" (").map_or(arguments, |(name, _)| name));
    match state.folders.get(&name) {
        Some(folder) => {
            Answer::ok().says(format!("* STATUS \"{name}\" (MESSAGES {})", folder.mails.len()))
        }
        None => Answer::no("[NONEXISTENT] no such folder"),
    }
}

fn append(state: &mut State, arguments: &str, raw: &[u8]) -> Answer {
    let name = arguments.trim_start_matches('"').split('"').next().unwrap_or_default().to_owned();
    if !state.folders.contains_key(&name) {
        return Answer::no("[TRYCREATE] no such folder");
    }
    state.folder(&name).add(raw);
    Answer::ok()
}

fn unquoted(text: &str) -> String {
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    bare.replace("\\\"", "\"").replace("\\\\", "\\")
}
