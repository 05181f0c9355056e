//! The loan book and the language of requesters at the command line.

use super::desk::Desk;

const HEAD: &str = "loan_number,role,email,name,state,language,represented,esign_consent_on\n";

#[test]
fn a_book_with_bad_rows_is_refused_by_line_and_nothing_of_it_is_on_file() {
    let desk = Desk::empty();
    let book = format!(
        "{HEAD}00-1234-5678,borrower,rosa@example.com,Rosa Example,NY,es,no,2026-01-31\n\
         0099887766,owner,luis at home,Luis,XX,es,perhaps,2026-01-31\n\
         0012345678,co-borrower,ines@example.com,Ines,NJ,es,no,\n\
         0012345678,borrower,ROSA@example.com,Rosa,NY,es,no,\n\
         0055544433,borrower,max@example.com\n"
    );
    desk.write("book.csv", book.as_bytes());
    let refused = desk.run(&["loans", "import", "book.csv"]).ended(1);
    let said = refused.out + &refused.err;
    for wanted in [
        "line 3: role",
        "state",
        "line 4: says other than line 2 about the same loan",
        "line 5: is about the loan and address of line 2 again",
        "line 6: has 3 fields, the first row has 8",
        "4 of 5 rows are wrong, nothing was put on file",
    ] {
        assert!(said.contains(wanted), "{wanted}: {said}");
    }
    assert!(!said.contains("luis") && !said.contains("0099887766"), "no value is repeated: {said}");
    desk.run(&["loans", "show", "0012345678"]).ended(1);
    let refused = desk.run(&["loans", "import", "--check", "--json", "book.csv"]).ended(1).lines();
    let last = refused.last().unwrap();
    assert_eq!((&last["wrong"], &last["bad"][0]["line"]), (&4.into(), &3.into()));
    desk.run(&["loans", "import", "nowhere.csv"]).ended(2);
    desk.write("misspelt.csv", b"loan_number,role,email,represnted\n");
    let refused = desk.run(&["loans", "import", "misspelt.csv"]).ended(1);
    assert!((refused.out + &refused.err).contains("line 1: column 4 is not known"));
}

#[test]
fn a_good_book_is_on_file_and_shown_masked() {
    let desk = Desk::staffed();
    let book = format!(
        "{HEAD}00-1234-5678,borrower,rosa@example.com,Rosa Example,NY,es,yes,2026-01-31\n\
         0012345678,co-borrower,\"ines@example.com\",\"Example, Ines\",NY,es,yes,\n"
    );
    desk.write("book.csv", book.as_bytes());
    let by = ["--by", "otto", "--secret-file", "otto.secret"];
    let import = ["loans", "import", "book.csv", "--json"];
    let done = desk.run(&[&import[..], &by[..]].concat()).ended(0).json();
    assert_eq!(
        (&done["rows"], &done["loans"], &done["on_file"]),
        (&2.into(), &1.into(), &2.into())
    );
    let shown = desk.run(&["loans", "show", "0012345678", "--json"]).ended(0);
    for private in ["0012345678", "rosa@", "ines@", "Rosa", "Ines"] {
        assert!(!shown.out.contains(private), "{private}: {}", shown.out);
    }
    let shown = shown.json();
    assert_eq!((&shown["number"], &shown["represented"]), (&"••••5678".into(), &true.into()));
    assert_eq!(shown["parties"].as_array().unwrap().len(), 2);
    // an agent imports nothing
    let by = ["--by", "ana", "--secret-file", "ana.secret"];
    desk.run(&[&import[..], &by[..]].concat()).ended(5);
    desk.run(&["audit", "verify"]).ended(0);
}

#[test]
fn a_language_is_chosen_by_a_person_and_shown() {
    let desk = Desk::staffed();
    let language = ["requester", "language", "rosa@example.com", "--json"];
    assert!(desk.run(&language).ended(0).json()["language"].is_null());
    let set = |code| {
        [&language[..], &["--set", code, "--by", "ana", "--secret-file", "ana.secret"]].concat()
    };
    desk.run(&set("spanish")).ended(2);
    let chosen = desk.run(&set("ES")).ended(0).json();
    assert_eq!((&chosen["language"], &chosen["source"]), (&"es".into(), &"chosen".into()));
    let by_nobody = [&language[..], &["--set", "es"]].concat();
    desk.run(&by_nobody).ended(2);
    let forget = ["--forget", "--by", "ana", "--secret-file", "ana.secret"];
    assert!(desk.run(&[&language[..], &forget[..]].concat()).ended(0).json()["language"].is_null());
}
