// Keys for those who want them. Every page works without this file: a key only
// follows a link or submits a form that the page has.
"use strict";
(() => {
  const OFF = "tierline.keys.off";
  const find = (selector) => document.querySelector(selector);
  const rows = [...document.querySelectorAll("main tbody tr")].filter((row) =>
    row.querySelector('a[href^="/tickets/"]'),
  );
  let at = -1;

  const move = (step) => {
    if (rows.length === 0) return false;
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].querySelector('a[href^="/tickets/"]').focus();
    return true;
  };
  const tick = () => {
    const box = at >= 0 && rows[at].querySelector('input[type="checkbox"]');
    if (box) box.click();
    return Boolean(box);
  };
  const go = (path) => () => {
    const link = find(`header nav a[href="${path}"]`);
    if (link) link.click();
    return Boolean(link);
  };
  const fill = (act) => () => {
    const form = find(`form[action^="/tickets/"][action$="/${act}"]`);
    if (!form) return false;
    const folded = form.closest("details");
    if (folded) folded.open = true;
    (form.querySelector("textarea, select, input:not([type=hidden])") ?? form.querySelector("button"))?.focus();
    return true;
  };
  const follow = (selector) => () => {
    const link = find(selector);
    if (link) link.click();
    return Boolean(link);
  };
  const seek = () => {
    const box = find('main form[action="/search"] input:not([type="hidden"])');
    if (!box) return go("/search")();
    box.focus();
    return true;
  };
  const next = () => {
    const form = find('form[action="/next"]');
    if (form) form.requestSubmit();
    return Boolean(form);
  };

  const KEYS = [
    ["?", "show these keys", () => show()],
    ["n", "the next most urgent ticket is mine", next],
    ["/", "search", seek],
    ["j", "next ticket of the list", () => move(1)],
    ["k", "ticket before", () => move(-1)],
    ["x", "tick the ticket", tick],
    ["r", "write a letter", follow('a[href^="/tickets/"][href$="/reply"]')],
    ["i", "write an internal note", fill("note")],
    ["a", "assign", fill("assign")],
    ["q", "move to another queue", fill("requeue")],
    ["c", "say what it is really about", fill("reclassify")],
    ["e", "resolve", fill("resolve")],
    ["g w", "my work", go("/work")],
    ["g q", "queues", go("/queues")],
    ["g b", "board", go("/board")],
    ["g t", "templates", go("/templates")],
    ["g a", "the record", go("/audit")],
  ];

  const isOff = () => localStorage.getItem(OFF) === "yes";
  const make = (name, text, into) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    into.append(made);
    return made;
  };
  const dialog = () => {
    const box = document.createElement("dialog");
    box.id = "keys";
    const title = make("h2", "Keys", box);
    title.id = "keys-title";
    box.setAttribute("aria-labelledby", title.id);
    const list = make("dl", "", box);
    for (const [key, words] of KEYS) {
      const line = make("div", "", list);
      make("kbd", key, make("dt", "", line));
      make("dd", words, line);
    }
    const label = make("label", "", box);
    const on = make("input", "", label);
    on.type = "checkbox";
    on.checked = !isOff();
    on.addEventListener("change", () => localStorage.setItem(OFF, on.checked ? "no" : "yes"));
    label.append(" Single keys act in this browser");
    const form = make("form", "", box);
    form.method = "dialog";
    make("button", "Close", form);
    document.body.append(box);
    return box;
  };
  const show = () => {
    (find("#keys") ?? dialog()).showModal();
    return true;
  };

  const opener = make("button", "Keys", find("footer"));
  opener.type = "button";
  opener.addEventListener("click", show);

  let before = "";
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const writes = event.target.closest("input:not([type=checkbox]), textarea, select, dialog");
    if (event.key === "Escape" && writes) writes.blur();
    if (writes || isOff() || event.key.length !== 1) return;
    const typed = before ? `${before} ${event.key}` : event.key;
    before = event.key === "g" && !before ? "g" : "";
    const found = KEYS.find(([key]) => key === typed);
    if (found && found[2]()) event.preventDefault();
  });
})();
