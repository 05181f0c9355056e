//! All routes, each with whom it is for.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

use super::assets::{self, Asset};
use super::gate::{self, Need};
use super::guard::{self, Hosts};
use super::page::{PAGE_SIZE, TicketPages};
use super::shell::{Shared, Shell};
use super::site::{Route, Site};
use super::viewer::Viewer;
use super::{account, agent, compliance, operator, sign_in, supervisor, ticket_page};
use crate::domain::actor::permission::Permission;

fn site<P: TicketPages>(shell: Arc<Shell<P>>) -> Site<P> {
    use Need::{Anyone, Half, Whole};
    use Permission::{OwnAccount, SeeTickets};
    let site = Site::new(shell)
        .get("/", Whole(SeeTickets), get(list::<P>))
        .get("/tickets/{number}", Whole(SeeTickets), get(ticket_page::show::<P>))
        .get("/sign-in", Anyone, get(sign_in::ask::<P>))
        .post("/sign-in", Anyone, post(sign_in::show_secret::<P>))
        .get("/sign-in/code", Half, get(sign_in::ask_code::<P>))
        .post("/sign-in/code", Half, post(sign_in::show_code::<P>))
        .get("/sign-in/picture.svg", Half, get(sign_in::picture::<P>))
        .post("/sign-out", Half, post(sign_in::sign_out::<P>))
        .get("/invitations/{token}", Anyone, get(sign_in::invitation::<P>))
        .post("/invitations/{token}", Anyone, post(sign_in::accept::<P>))
        .get("/account", Whole(OwnAccount), get(account::show::<P>))
        .post(
            "/account/sign-out-elsewhere",
            Whole(OwnAccount),
            post(account::sign_out_elsewhere::<P>),
        )
        .get("/healthz", Anyone, get(|| async { "ok\n" }))
        .get("/readyz", Anyone, get(readyz::<P>))
        .get("/metrics", Anyone, get(metrics::<P>));
    operator::add(compliance::add(supervisor::add(agent::add(site))))
}

/// Every route of the site with its need, but for the assets, which are for
/// everybody.
pub fn routes<P: TicketPages>(shell: Shell<P>) -> Vec<Route> {
    site(Arc::new(shell)).routes
}

/// The whole site.
pub fn router<P: TicketPages>(shell: Shell<P>) -> Router {
    let hosts = Hosts::new(&shell.allowed_hosts);
    let (style, keys, icon) = (assets::style(), assets::keys(), assets::icon());
    let shell = Arc::new(shell);
    let gate = middleware::from_fn_with_state((Arc::clone(&shell), Need::Anyone), gate::admit::<P>);
    site(Arc::clone(&shell))
        .router
        .route(&style.path.clone(), get(|| async move { kept_for_ever(&style) }))
        .route(&keys.path.clone(), get(|| async move { kept_for_ever(&keys) }))
        .route(&icon.path.clone(), get(|| async move { kept_for_ever(&icon) }))
        .fallback_service(
            Router::new().fallback(missing::<P>).with_state(Arc::clone(&shell)).layer(gate),
        )
        .with_state(shell)
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
    let site = site.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, site).with_graceful_shutdown(stop.cancelled_owned()).await
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    page: u32,
}

async fn list<P: TicketPages>(
    State(shell): Shared<P>,
    viewer: Viewer,
    query: Result<Query<ListQuery>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let Ok(Query(query)) = query else {
        let text = "The page must be a number.";
        return shell.notice(&viewer, StatusCode::BAD_REQUEST, "No such page", text);
    };
    match shell.tickets.list(query.page).await {
        Ok(lines) => {
            let shown = shell.moment().list(lines, query.page, PAGE_SIZE);
            shell.page(&viewer, StatusCode::OK, "tickets", "Tickets", &shown)
        }
        Err(error) => shell.broken(&viewer, &error),
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

async fn missing<P: TicketPages>(State(shell): Shared<P>, viewer: Viewer) -> Response {
    shell.missing(&viewer)
}

fn kept_for_ever(asset: &Asset) -> Response {
    let headers = [
        (header::CONTENT_TYPE, asset.media_type),
        (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, asset.text).into_response()
}
