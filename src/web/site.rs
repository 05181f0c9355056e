//! Routes as they are collected: none gets in without whom it is for.

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use axum::routing::MethodRouter;

use super::gate::{self, Need};
use super::page::TicketPages;
use super::shell::Shell;

/// One route and whom it is for.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path, with its parameters in braces.
    pub path: &'static str,
    /// Whom it is for.
    pub need: Need,
}

/// The site as far as it is put together.
pub(super) struct Site<P> {
    pub(super) router: Router<Arc<Shell<P>>>,
    shell: Arc<Shell<P>>,
    pub(super) routes: Vec<Route>,
}

impl<P: TicketPages> Site<P> {
    /// Nothing yet.
    pub(super) fn new(shell: Arc<Shell<P>>) -> Self {
        Self { router: Router::new(), shell, routes: Vec::new() }
    }

    /// A page.
    pub(super) fn get(
        self,
        path: &'static str,
        need: Need,
        page: MethodRouter<Arc<Shell<P>>>,
    ) -> Self {
        self.with("GET", path, need, page)
    }

    /// What a form asks for.
    pub(super) fn post(
        self,
        path: &'static str,
        need: Need,
        act: MethodRouter<Arc<Shell<P>>>,
    ) -> Self {
        self.with("POST", path, need, act)
    }

    fn with(
        mut self,
        method: &'static str,
        path: &'static str,
        need: Need,
        answer: MethodRouter<Arc<Shell<P>>>,
    ) -> Self {
        let state = (Arc::clone(&self.shell), need);
        let gated = answer.route_layer(middleware::from_fn_with_state(state, gate::admit::<P>));
        self.router = self.router.route(path, gated);
        self.routes.push(Route { method, path, need });
        self
    }
}
