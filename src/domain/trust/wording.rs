//! Wording by which a mail gives away what it is for: payment diversion, and
//! the codes of a stranger's sign-up (the "Ticket Trick").

use crate::domain::fold::{Folded, fold};
use crate::domain::mail::InboundMail;

/// Text that is looked at, bytes.
const REACH: usize = 64 * 1024;

/// Wording that a diverted payment comes with, folded.
const DIVERSION: &[&str] = &[
    "new wire instructions",
    "updated wire instructions",
    "new wiring instructions",
    "updated wiring instructions",
    "change of bank account",
    "changed our bank",
    "new bank account",
    "new account details",
    "updated bank details",
    "new bank details",
    "update the bank account",
    "update my bank account",
    "change my direct deposit",
    "new routing number",
    "wire the funds to",
    "wire the payoff to",
    "send the payment to the new",
    "nueva cuenta bancaria",
    "nuevos datos bancarios",
    "nuevas instrucciones de transferencia",
    "nuevas instrucciones para la transferencia",
    "cambio de cuenta bancaria",
];

/// What a service writes to prove that its reader owns an address, folded.
/// Somebody who signs up elsewhere with our address reads it on our ticket.
const CONFIRMATION: &[&str] = &[
    "verification code",
    "confirmation code",
    "one-time code",
    "one time code",
    "one-time password",
    "one-time passcode",
    "security code is",
    "your code is",
    "login code",
    "sign-in code",
    "confirm your e-mail",
    "confirm your email",
    "confirm this email",
    "verify your e-mail",
    "verify your email",
    "verify this email",
    "verify your account",
    "activate your account",
    "complete your registration",
    "complete your sign-up",
    "finish signing up",
    "reset your password",
    "you have been invited to join",
    "codigo de verificacion",
    "codigo de confirmacion",
    "confirme su correo",
    "confirma tu correo",
    "verifique su correo",
    "verifica tu correo",
    "active su cuenta",
    "activa tu cuenta",
];

pub(super) fn speaks_of_diversion(mail: &InboundMail) -> bool {
    says(mail, DIVERSION)
}

pub(super) fn speaks_of_confirmation(mail: &InboundMail) -> bool {
    says(mail, CONFIRMATION)
}

fn says(mail: &InboundMail, wordings: &[&str]) -> bool {
    let folded = Folded::new(&mail.text, REACH);
    let text = std::str::from_utf8(folded.bytes()).unwrap_or_default();
    let subject = fold(&mail.subject);
    wordings.iter().any(|wording| text.contains(wording) || subject.contains(wording))
}
