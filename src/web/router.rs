//! All routes. Everything is read-only.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use super::assets::{self, Asset};
use super::guard::{self, Hosts};
use super::page::{PAGE_SIZE, TicketPages};
use super::render::Pages;
use super::shown::Moment;
use crate::clock::Clock;
use crate::domain::digest::Digest;
use crate::domain::id::TicketNumber;

/// What the pages need from the rest of the program.
pub struct Shell<P> {
    /// Read models.
    pub tickets: P,
    /// Compiled templates.
    pub pages: Pages,
    /// Name of the instance.
    pub instance: String,
    /// Zone of legal dates.
    pub zone: TimeZone,
    /// Source of the present instant.
    pub clock: Arc<dyn Clock>,
    /// Host names beside the loopback ones.
    pub allowed_hosts: Vec<String>,
    /// Whether work is being done, and the particulars as JSON.
    pub readiness: Box<dyn Fn() -> (bool, serde_json::Value) + Send + Sync>,
    /// The metrics in Prometheus' text format.
    pub metrics: Box<dyn Fn() -> String + Send + Sync>,
}

type Shared<P> = State<Arc<Shell<P>>>;

/// The whole site.
pub fn router<P: TicketPages>(shell: Shell<P>) -> Router {
    let hosts = Hosts::new(&shell.allowed_hosts);
    let (style, icon) = (assets::style(), assets::icon());
    Router::new()
        .route("/", get(list::<P>))
        .route("/tickets/{number}", get(ticket::<P>))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(readyz::<P>))
        .route("/metrics", get(metrics::<P>))
        .route(&style.path.clone(), get(|| async move { kept_for_ever(&style) }))
        .route(&icon.path.clone(), get(|| async move { kept_for_ever(&icon) }))
        .fallback(missing::<P>)
        .with_state(Arc::new(shell))
        .layer(middleware::from_fn(move |request: Request, next: Next| {
            guard::only_our_hosts(hosts.clone(), request, next)
        }))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(guard::with_headers))
}

/// Serves until `stop`; requests under way may end.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    site: Router,
    stop: CancellationToken,
) -> std::io::Result<()> {
    axum::serve(listener, site).with_graceful_shutdown(stop.cancelled_owned()).await
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    page: u32,
}

async fn list<P: TicketPages>(
    State(shell): Shared<P>,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        return notice(
            &shell,
            StatusCode::BAD_REQUEST,
            "No such page",
            "The page must be a number.",
        );
    };
    match shell.tickets.list(query.page).await {
        Ok(lines) => {
            let shown = moment(&shell).list(lines, query.page, PAGE_SIZE);
            page(&shell, StatusCode::OK, "tickets", "Tickets", &shown)
        }
        Err(error) => broken(&shell, &error),
    }
}

async fn ticket<P: TicketPages>(
    State(shell): Shared<P>,
    number: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Response {
    let number = number.ok().and_then(|Path(text)| TicketNumber::parse(&text));
    let Some(number) = number else {
        let text = "A ticket number has twelve digits, and the last one checks the others.";
        return notice(&shell, StatusCode::NOT_FOUND, "No such ticket number", text);
    };
    match shell.tickets.ticket(&number).await {
        Ok(Some(found)) => {
            let shown = moment(&shell).ticket(&found);
            page(&shell, StatusCode::OK, "ticket", number.as_str(), &shown)
        }
        Ok(None) => {
            let text = "The number is well formed, but no ticket has it.";
            notice(&shell, StatusCode::NOT_FOUND, "No such ticket", text)
        }
        Err(error) => broken(&shell, &error),
    }
}

async fn readyz<P: TicketPages>(State(shell): Shared<P>) -> Response {
    let (is_ready, particulars) = (shell.readiness)();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = serde_json::json!({ "ready": is_ready, "workers": particulars });
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, format!("{body}\n")).into_response()
}

async fn metrics<P: TicketPages>(State(shell): Shared<P>) -> Response {
    let text = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    (text, (shell.metrics)()).into_response()
}

async fn missing<P: TicketPages>(State(shell): Shared<P>) -> Response {
    notice(&shell, StatusCode::NOT_FOUND, "No such page", "There is nothing at this address.")
}

fn kept_for_ever(asset: &Asset) -> Response {
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.text).into_response()
}

fn moment<P>(shell: &Shell<P>) -> Moment {
    Moment { now: shell.clock.now(), zone: shell.zone.clone() }
}

fn page<P>(
    shell: &Shell<P>,
    status: StatusCode,
    template: &str,
    title: &str,
    shown: &impl Serialize,
) -> Response {
    match shell.pages.render(template, title, &shell.instance, shown) {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            tracing::error!(template, "a page cannot be rendered: {error:?}");
            (StatusCode::INTERNAL_SERVER_ERROR, "The page cannot be shown.\n").into_response()
        }
    }
}

#[derive(Serialize)]
struct Notice<'a> {
    text: &'a str,
    reference: String,
}

fn notice<P>(shell: &Shell<P>, status: StatusCode, title: &str, text: &str) -> Response {
    page(shell, status, "notice", title, &Notice { text, reference: String::new() })
}

// The reader sees a reference, the log has the cause under the same reference.
fn broken<P>(shell: &Shell<P>, error: &anyhow::Error) -> Response {
    let cause = format!("{error:#}");
    let at = shell.clock.now().as_microsecond().to_be_bytes();
    let reference: String =
        Digest::of_fields(&[cause.as_bytes(), &at]).hex().chars().take(10).collect();
    tracing::error!(reference, "a page cannot be loaded: {cause}");
    let text = "The page cannot be shown now. Nothing was changed or lost.";
    let shown = Notice { text, reference };
    page(shell, StatusCode::INTERNAL_SERVER_ERROR, "notice", "Something is wrong", &shown)
}
