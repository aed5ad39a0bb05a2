//! HTTP/1.1, bounded: so many connections, so many bytes, so much time.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

/// Most connections at a time; further ones wait.
const MOST_CONNECTIONS: usize = 64;
/// Most questions that wait for an answer.
const MOST_WAITING: usize = 256;
/// Longest request, in bytes.
const LONGEST_REQUEST: usize = 64 * 1024;
/// From a connection's first byte to its last.
const LONGEST_CONNECTION: Duration = Duration::from_secs(30);
/// For the head of a request.
const LONGEST_HEAD: Duration = Duration::from_secs(5);

/// What is asked.
pub(super) enum Question {
    /// A timestamp: the request in DER.
    Timestamp(Vec<u8>),
    /// The newest revocation list.
    RevocationList,
}

/// A question with the way back.
type Asked = (Question, oneshot::Sender<Option<Vec<u8>>>);

/// A server that listens.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    questions: Receiver<Asked>,
}

impl Server {
    /// Begins to listen.
    pub(super) fn listen(address: SocketAddr) -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind(address))?;
        let address = listener.local_addr()?;
        let (ask, questions) = sync_channel(MOST_WAITING);
        thread::Builder::new()
            .name("http".to_owned())
            .spawn(move || runtime.block_on(accept(listener, ask)))?;
        Ok(Self { address, questions })
    }

    /// Answers questions one after the other, as long as the server listens.
    pub(super) fn run(self, mut answer: impl FnMut(Question) -> Option<Vec<u8>>) {
        for (question, reply) in self.questions {
            // Who asked may be gone.
            let _ = reply.send(answer(question));
        }
    }
}

async fn accept(listener: TcpListener, ask: SyncSender<Asked>) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&room).acquire_owned().await else {
            return;
        };
        // A connection that is gone before it is taken is no reason to stop.
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let ask = ask.clone();
        tokio::spawn(async move {
            let _ = timeout(LONGEST_CONNECTION, connection(stream, ask)).await;
            drop(place);
        });
    }
}

async fn connection(stream: TcpStream, ask: SyncSender<Asked>) {
    let service = service_fn(move |request| {
        let ask = ask.clone();
        async move { Ok::<_, Infallible>(respond(request, &ask).await) }
    });
    // What a client does wrong is its own matter.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(LONGEST_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(request: Request<Incoming>, ask: &SyncSender<Asked>) -> Response<Full<Bytes>> {
    let (question, kind) = match (request.method(), request.uri().path()) {
        (&Method::POST, "/tsa" | "/") => {
            let kind = request.headers().get(CONTENT_TYPE);
            if kind.is_none_or(|kind| kind != "application/timestamp-query") {
                return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            }
            let body = Limited::new(request.into_body(), LONGEST_REQUEST);
            let Ok(body) = body.collect().await else {
                return plain(StatusCode::PAYLOAD_TOO_LARGE);
            };
            let body = body.to_bytes().to_vec();
            (Question::Timestamp(body), "application/timestamp-reply")
        }
        (&Method::GET, "/ca.crl") => (Question::RevocationList, "application/pkix-crl"),
        (_, "/tsa" | "/ca.crl") => return plain(StatusCode::METHOD_NOT_ALLOWED),
        _ => return plain(StatusCode::NOT_FOUND),
    };
    let (reply, answer) = oneshot::channel();
    if ask.try_send((question, reply)).is_err() {
        return plain(StatusCode::SERVICE_UNAVAILABLE);
    }
    let Ok(Some(answer)) = answer.await else {
        return plain(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = Response::new(Full::new(Bytes::from(answer)));
    let kind = hyper::header::HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = status;
    response
}
