//! Hands letters over to an SMTP server.
/// x
#[derive(Clone, Debug)]
pub struct SmtpOptions;
