//! The read-only pages, health and metrics of a running engine, over the
//! store's read models.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::exit::{CliError, Exit, OrExit as _};
use crate::app::App;
use crate::app::read_words::read_words;
use crate::app::sign_in::Door;
use crate::config::Config;
use crate::domain::classify::{Evidence, Field};
use crate::domain::clock::{Clock, ClockState};
use crate::domain::id::{PersonId, TicketNumber};
use crate::domain::letter::Task;
use crate::domain::sign_in::SessionLimits;
use crate::store::view::{self, TicketFilter};
use crate::telemetry::Metrics;
use crate::web::page::{self, PAGE_SIZE, TicketHead, TicketPages};
use crate::web::{Pages, Shell, router};
use crate::worker::supervisor::Supervisor;

/// Tickets as pages show them.
pub struct StorePages(pub Arc<App>);

impl TicketPages for StorePages {
    async fn list(&self, page: u32) -> anyhow::Result<Vec<page::TicketLine>> {
        let filter = TicketFilter {
            limit: u64::from(PAGE_SIZE) + 1,
            offset: u64::from(page) * u64::from(PAGE_SIZE),
            ..TicketFilter::default()
        };
        let lines = self.0.store.ticket_list(&filter).await?;
        let ids: Vec<_> = lines.iter().map(|line| line.ticket.id).collect();
        let mut clocks = self.0.store.clocks_by_ticket(&ids).await?;
        let line = |line: view::TicketLine| page::TicketLine {
            head: TicketHead::from(&line.ticket),
            next_clock: next_clock(clocks.remove(&line.ticket.id).unwrap_or_default()),
        };
        Ok(lines.into_iter().map(line).collect())
    }

    async fn ticket(&self, number: &TicketNumber) -> anyhow::Result<Option<page::TicketPage>> {
        Ok(self.0.store.ticket_detail(number).await?.map(shown))
    }

    async fn words(
        &self,
        number: &TicketNumber,
        reader: PersonId,
    ) -> anyhow::Result<Option<page::TicketWords>> {
        Ok(read_words(&self.0, number, reader).await?.map(words))
    }
}

fn next_clock(clocks: Vec<Clock>) -> Option<Clock> {
    let is_open = |clock: &Clock| {
        matches!(clock.state, ClockState::Running | ClockState::Paused | ClockState::Breached)
    };
    clocks.into_iter().filter(is_open).min_by_key(|clock| clock.due_at)
}

fn words(detail: view::TicketDetail) -> page::TicketWords {
    page::TicketWords {
        requester: detail.ticket.requester,
        mails: detail.mails.into_iter().map(mail_words).collect(),
    }
}

fn mail_words(mail: view::MailLine) -> page::MailWords {
    let seen = mail.trace.map(|trace| trace.understanding);
    let whole = u32::try_from(mail.head.text.len()).unwrap_or(u32::MAX);
    page::MailWords {
        disposition: mail.disposition,
        received_at: mail.received_at,
        from: mail.head.from,
        subject: mail.head.subject,
        language: seen.as_ref().map(|seen| seen.language.clone()).unwrap_or_default(),
        marks: seen.as_ref().map(|seen| ranges(seen.evidence(), BODY)).unwrap_or_default(),
        secrets: seen.as_ref().map(|seen| ranges(seen.secrets(), BODY)).unwrap_or_default(),
        subject_secrets: seen
            .as_ref()
            .map(|seen| ranges(seen.secrets(), &[Field::Subject]))
            .unwrap_or_default(),
        // A mail that nothing was understood of is shown whole.
        new_text: seen.map_or_else(|| vec![(0, whole)], |seen| seen.new_text),
        text: mail.head.text,
        attachments: mail.head.attachments,
        defects: mail.head.defects,
        completeness: mail.head.completeness,
    }
}

/// Both parts of the body's text count from its beginning.
const BODY: &[Field] = &[Field::NewText, Field::QuotedText];

fn ranges<'a>(evidence: impl Iterator<Item = &'a Evidence>, of: &[Field]) -> Vec<(u32, u32)> {
    let spans = evidence.flat_map(|one| &one.spans);
    spans.filter(|span| of.contains(&span.field)).map(|span| (span.start, span.end)).collect()
}

fn shown(detail: view::TicketDetail) -> page::TicketPage {
    let ticket_id = detail.ticket.id;
    let letter = |letter: view::LetterLine| page::LetterLine {
        template: letter.template,
        locale: letter.locale,
        state: letter.state,
        reason: letter.reason.unwrap_or_default(),
        attempts: u32::try_from(letter.attempts).unwrap_or(u32::MAX),
        written_at: letter.written_at,
        handed_over_at: letter.handed_over_at,
        meets: letter.meets,
    };
    let event = |line: view::EventLine| page::EventLine {
        seq: line.seq,
        at: line.event.at,
        actor: line.event.actor,
        kind: line.event.kind,
        particulars: line.event.particulars,
        hash: line.hash.hex(),
    };
    let task = |task: view::TaskLine| Task {
        id: task.id,
        ticket_id,
        kind: task.kind,
        due_on: task.due_on,
        clock_kind: task.clock_kind,
    };
    page::TicketPage {
        head: TicketHead::from(&detail.ticket),
        clocks: detail.clocks,
        matters: detail.matters,
        traces: detail.mails.into_iter().filter_map(|mail| mail.trace).collect(),
        letters: detail.letters.into_iter().map(letter).collect(),
        tasks: detail.tasks.into_iter().map(task).collect(),
        events: detail.events.into_iter().map(event).collect(),
    }
}

/// Whether persons sign in before they see a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// They do.
    SignIn,
    /// Nobody does: the demo, on a loopback address, without words.
    Open,
}

/// Puts the pages under the supervisor: the address they are at.
///
/// # Errors
/// When the address cannot be listened on or a page template is broken.
pub async fn start(
    app: &Arc<App>,
    config: &Config,
    admission: Admission,
    metrics: Metrics,
    stop: CancellationToken,
    supervisor: &mut Supervisor,
) -> Result<std::net::SocketAddr, CliError> {
    let listener = TcpListener::bind(config.web.listen).await.or_exit(Exit::Unavailable)?;
    let address = listener.local_addr().or_exit(Exit::Unavailable)?;
    let health = supervisor.health();
    let shell = Shell {
        tickets: StorePages(Arc::clone(app)),
        door: (admission == Admission::SignIn).then(|| door(app, config)),
        address_header: config.web.client_address_header.as_ref().and_then(|n| n.parse().ok()),
        pages: Pages::new().or_exit(Exit::Fault)?,
        instance: config.instance.name.clone(),
        zone: config.instance.timezone.clone(),
        clock: Arc::clone(&app.clock),
        configuration: config.settings.clone(),
        allowed_hosts: config.web.allowed_hosts.clone(),
        readiness: Box::new(move || {
            let workers = serde_json::to_value(health.snapshot()).unwrap_or_default();
            (health.is_ready(), workers)
        }),
        metrics: Box::new(move || metrics.render()),
    };
    let site = router(shell);
    tracing::info!(%address, "pages, health and metrics");
    supervisor.start_service("web", async move {
        crate::web::serve(listener, site, stop).await.map_err(Into::into)
    });
    Ok(address)
}

fn door(app: &Arc<App>, config: &Config) -> Door {
    Door::new(Arc::clone(app), SessionLimits::default(), config.servicer.name.clone())
}
