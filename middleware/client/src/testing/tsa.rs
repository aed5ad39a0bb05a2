//! A timestamp authority on the loopback, which goes away after so many tokens.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use super::authority;

/// Begins to listen; gives the address. After `tokens` tokens nobody answers any more.
pub(crate) fn listen(tokens: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming().take(tokens) {
            serve(stream.unwrap());
        }
    });
    format!("http://{address}/tsa")
}

fn serve(mut stream: TcpStream) {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    let body = loop {
        let count = stream.read(&mut buffer).unwrap();
        request.extend_from_slice(&buffer[..count]);
        if let Some(body) = body(&request) {
            break body.to_vec();
        }
        assert!(count > 0, "the request ends early");
    };
    let answer = authority::answer_timestamp(&body);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/timestamp-reply\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n",
        answer.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&answer).unwrap();
}

/// The body, once all of it is there.
fn body(request: &[u8]) -> Option<&[u8]> {
    let end = request.windows(4).position(|part| part == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&request[..end]).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length?.trim().parse().ok()?;
    request.get(end..end + length)
}
