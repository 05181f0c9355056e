//! Requests that come while a transaction is under way share the next one: to
//! be durable costs one sync of the disk, however many wait for it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::oneshot;

use super::error::StoreError;

type Waiting<Q, A> = Vec<(Q, oneshot::Sender<Result<A, StoreError>>)>;

/// Requests of one kind, each a `Q` that is answered by an `A`.
#[derive(Debug)]
pub(super) struct Gathered<Q, A> {
    waiting: Mutex<Waiting<Q, A>>,
    turn: tokio::sync::Mutex<()>,
}

impl<Q, A> Default for Gathered<Q, A> {
    fn default() -> Self {
        Self { waiting: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }
}

impl<Q: Clone, A> Gathered<Q, A> {
    /// Answers `request` once it is committed. `write` commits all it is given
    /// in one transaction and answers in their order, or commits nothing.
    ///
    /// # Errors
    /// What `write` fails with, for this request. `Unavailable` when whoever
    /// wrote for all of them was cancelled: the request may be committed.
    pub(super) async fn ask<F>(
        &self,
        request: Q,
        write: impl Fn(Vec<Q>) -> F,
    ) -> Result<A, StoreError>
    where
        F: Future<Output = Result<Vec<A>, StoreError>>,
    {
        let (answer, answered) = oneshot::channel();
        self.waiting().push((request, answer));
        let turn = self.turn.lock().await;
        // Whoever had the turn before may have written for us.
        let (requests, askers): (Vec<Q>, Vec<_>) =
            std::mem::take(&mut *self.waiting()).into_iter().unzip();
        let answers = if requests.is_empty() { Vec::new() } else { all(requests, write).await };
        for (asker, answer) in askers.into_iter().zip(answers) {
            // Who hung up needs no answer.
            let _ = asker.send(answer);
        }
        drop(turn);
        answered.await.unwrap_or_else(|_| Err(StoreError::Unavailable("cut short".to_owned())))
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting<Q, A>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Together, or, when one of them spoils it for all, each by itself.
async fn all<Q: Clone, A, F>(
    requests: Vec<Q>,
    write: impl Fn(Vec<Q>) -> F,
) -> Vec<Result<A, StoreError>>
where
    F: Future<Output = Result<Vec<A>, StoreError>>,
{
    match write(requests.clone()).await {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if requests.len() == 1 => vec![Err(error)],
        Err(_) => {
            let mut answers = Vec::with_capacity(requests.len());
            for request in requests {
                let one = write(vec![request]).await.map(|mut answers| answers.pop());
                let missing = StoreError::Absent("answer");
                answers.push(one.and_then(|answer| answer.ok_or(missing)));
            }
            answers
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    /// A transaction that spoils when a 13 is in it, else doubles.
    async fn double(seen: &Mutex<Vec<usize>>, requests: Vec<u32>) -> Result<Vec<u32>, StoreError> {
        seen.lock().unwrap().push(requests.len());
        tokio::task::yield_now().await;
        if requests.contains(&13) {
            return Err(StoreError::Malformed("13"));
        }
        Ok(requests.into_iter().map(|request| request * 2).collect())
    }

    #[tokio::test]
    async fn who_waits_shares_the_next_transaction() {
        let (gathered, seen) = (Gathered::<u32, u32>::default(), Mutex::default());
        let ask = async |request| gathered.ask(request, |all| double(&seen, all)).await.unwrap();
        let answers = tokio::join!(ask(1), ask(2), ask(3));
        assert_eq!(answers, (2, 4, 6));
        assert_eq!(*seen.lock().unwrap(), [1, 2], "the first alone, then all that waited");
    }

    #[tokio::test]
    async fn one_that_spoils_it_fails_alone() {
        let (gathered, seen) = (Gathered::<u32, u32>::default(), Mutex::default());
        let ask = async |request| gathered.ask(request, |all| double(&seen, all)).await;
        let (first, spoiler, third) = tokio::join!(ask(1), ask(13), ask(3));
        assert_eq!((first.unwrap(), third.unwrap()), (2, 6));
        assert!(matches!(spoiler, Err(StoreError::Malformed("13"))));
    }

    #[tokio::test]
    async fn a_writer_that_is_cut_short_leaves_nobody_waiting() {
        let gathered = Gathered::<u32, u32>::default();
        let mut first = Box::pin(gathered.ask(1, |_| std::future::pending()));
        assert!(first.as_mut().now_or_never().is_none(), "it writes, and never ends");
        let mut second = Box::pin(gathered.ask(2, async |all| Ok(all)));
        assert!(second.as_mut().now_or_never().is_none(), "it waits for its turn");
        drop(first);
        assert_eq!(second.await.unwrap(), 2);
    }
}
