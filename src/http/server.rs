//! Connections: how many, how slow they may be, and how they end.

use super::background;
use super::house::House;
use super::router::router;
use crate::error::Result;
use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Open connections; more wait in the system's queue.
const CONNECTIONS: usize = 1_024;
/// How long the header of a request may take, and how long a connection may be idle before the next.
const HEADER: Duration = Duration::from_secs(15);
/// How long a client may take nothing of an answer.
const STALL: Duration = Duration::from_secs(30);
/// After a connection could not be accepted, which means that the system has nothing left for it.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// Serves until `stop`; then requests under way are given some time to end.
pub async fn serve(house: Arc<House>, listener: TcpListener, stop: impl Future<Output = ()>) -> Result<()> {
    let shutdown_time = house.shutdown_time;
    let stopping = watch::channel(());
    let background = background::start(&house, &stopping.1);
    let store = Arc::clone(&house.folder.store);
    answer(router(house), listener, stop, stopping, background, shutdown_time).await;
    if timeout(shutdown_time, store.close()).await.is_err() {
        tracing::warn!("the database is still in use; what was committed last is in the file beside it");
    }
    Ok(())
}

/// Answers by a router until `stop`, and then says so to what goes on in the background; both are given some time to end.
pub async fn answer(
    router: Router,
    listener: TcpListener,
    stop: impl Future<Output = ()>,
    (stopping, stopped): (watch::Sender<()>, watch::Receiver<()>),
    background: JoinSet<()>,
    shutdown_time: Duration,
) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    loop {
        let next = async {
            let permit = Arc::clone(&free).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            next = next => next,
            () = &mut stop => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (router, stopped) = (router.clone(), stopped.clone());
                connections.spawn(async move {
                    let _permit = permit;
                    connection(stream, router, stopped).await;
                });
            }
            Err(error) => {
                tracing::warn!("a connection could not be accepted: {error}");
                sleep(EXHAUSTED).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    drop(stopping);
    drop(stopped);
    let end = async {
        while connections.join_next().await.is_some() {}
        background.join_all().await;
    };
    if timeout(shutdown_time, end).await.is_err() {
        tracing::warn!("what took longer than {} s was cut off", shutdown_time.as_secs());
    }
}

async fn connection(stream: TcpStream, router: Router, mut stopped: watch::Receiver<()>) {
    // small answers are not held back for more to come
    let _ = stream.set_nodelay(true);
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER)
        .serve_connection(TokioIo::new(Patient::new(stream)), TowerToHyperService::new(router));
    let mut served = pin!(served);
    let ended = tokio::select! {
        ended = served.as_mut() => ended,
        _ = stopped.changed() => {
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!("a connection ended early: {error}");
    }
}

/// A connection that is given up when the client takes nothing for too long. What it sends is bounded in time by the
/// header's and the request's limits.
struct Patient {
    stream: TcpStream,
    stall: Pin<Box<Sleep>>,
    waiting: bool,
}

impl Patient {
    fn new(stream: TcpStream) -> Self {
        Self { stream, stall: Box::pin(sleep(STALL)), waiting: false }
    }

    fn bounded<T>(&mut self, written: Poll<io::Result<T>>, cx: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waiting = false;
            return written;
        }
        if !self.waiting {
            self.waiting = true;
            self.stall.as_mut().reset(Instant::now() + STALL);
        }
        self.stall.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.bounded(written, cx)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
