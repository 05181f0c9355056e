//! The read-only pages, health and metrics of a running engine, over the
//! store's read models.

mod ticket_page;

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::exit::{CliError, Exit, OrExit as _};
use crate::app::App;
use crate::app::read_words::read_words;
use crate::app::sign_in::Door;
use crate::config::Config;
use crate::domain::clock::{Clock, ClockState};
use crate::domain::id::{PersonId, TicketNumber};
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
        let store = &self.0.store;
        let Some(detail) = store.ticket_detail(number).await? else { return Ok(None) };
        let links = store.moves_of(detail.ticket.id).await?;
        let persons = store.persons().await?;
        Ok(Some(ticket_page::shown(detail, links, &persons)))
    }

    async fn words(
        &self,
        number: &TicketNumber,
        reader: PersonId,
    ) -> anyhow::Result<Option<page::TicketWords>> {
        Ok(read_words(&self.0, number, reader).await?.map(ticket_page::words))
    }
}

fn next_clock(clocks: Vec<Clock>) -> Option<Clock> {
    let is_open = |clock: &Clock| {
        matches!(clock.state, ClockState::Running | ClockState::Paused | ClockState::Breached)
    };
    clocks.into_iter().filter(is_open).min_by_key(|clock| clock.due_at)
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
