//! A foreign template compiled and rendered by a process of its own, with limits on its memory and time.
//!
//! Instructions are counted and the page has a limit, but a template may double a text fifty times in fifty instructions:
//! memory for values in between is what the template engine does not bound, and what takes a program down with all that
//! is in it. Compiling alone may do so: constants are computed then, and an expression goes as deep into the stack as it
//! is long. So whoever runs the program names it once with [`render_templates_with`]; a child of it does both
//! and may die of it. Where no program is named, as in tests of the library, templates are rendered in place.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::super::InferError;
use super::super::words::LOOK;
use super::program::{Conversation, Program, Source};

/// The command of the program that renders: see [`render_template`].
const COMMAND: &str = "render-template";
/// Time a rendering may take: a conversation of a thousand turns takes some 20 ms.
const MOST_TIME: Duration = Duration::from_secs(5); // own choice, 2026-11-29
/// Address space of the process that renders. The program itself takes some 100 MB of it.
#[cfg(unix)]
const MOST_MEMORY: u64 = 1 << 30; // own choice, 2026-11-29
/// Bytes of a request; the longest conversation that fits a context is far shorter.
const MOST_REQUEST: u64 = 1 << 28;
/// Bytes of a reply beyond the page: quotes, and what went wrong in words. The engine's words may quote a line of a
/// template, which is longer only where it is no honest one.
const OWN_REPLY: u64 = 1 << 16;

static RENDERER: OnceLock<PathBuf> = OnceLock::new();

/// Has the templates of model files rendered by `program`, which must call [`render_template`] when run with the one
/// argument `render-template`. What was named first stays.
pub fn render_templates_with(program: PathBuf) {
    // A second call changes nothing, and need not.
    let _ = RENDERER.set(program);
}

/// The program named.
pub(super) fn renderer() -> Option<&'static Path> {
    RENDERER.get().map(PathBuf::as_path)
}

#[derive(Serialize, Deserialize)]
struct Request {
    source: Source,
    /// `None`: it is only compiled, and the reply is empty.
    conversation: Option<Conversation>,
}

type Reply = Result<String, String>;

/// Renders one template in this process, whose memory is limited first: a request in JSON from `from`, a reply to `to`.
///
/// # Errors
/// Where the request cannot be read or the reply not be written, in words. A template that fails is a reply.
pub fn render_template(from: &mut dyn Read, to: &mut dyn Write) -> Result<(), String> {
    #[cfg(unix)]
    limit_memory();
    let request: Request = serde_json::from_reader(from.take(MOST_REQUEST)).map_err(|error| error.to_string())?;
    let run = |program: Program| request.conversation.map_or_else(|| Ok(String::new()), |turns| program.run(&turns));
    let rendered = Program::new(&request.source).and_then(run);
    let reply: Reply = rendered.map_err(|error| match error {
        InferError::Template { problem } => problem,
        other => other.to_string(),
    });
    serde_json::to_writer(to, &reply).map_err(|error| error.to_string())
}

#[cfg(unix)]
fn limit_memory() {
    use rustix::process::{Resource, Rlimit, setrlimit};

    // Where the system has a lower limit already this one is refused, and not needed.
    let _ = setrlimit(Resource::As, Rlimit { current: Some(MOST_MEMORY), maximum: Some(MOST_MEMORY) });
}

/// Compiles by a child of `program`, and forgets what came out: a template that does not compile is told when its model
/// is loaded.
pub(super) fn check(program: &Path, source: &Source) -> Result<(), InferError> {
    asked(program, &Request { source: source.clone(), conversation: None }, 0, &|| true).map(drop)
}

/// Renders by a child of `program`, which ends where `go_on` says no.
pub(super) fn render(
    program: &Path,
    source: &Source,
    conversation: &Conversation,
    go_on: &dyn Fn() -> bool,
) -> Result<String, InferError> {
    let request = Request { source: source.clone(), conversation: Some(conversation.clone()) };
    asked(program, &request, conversation.limit, go_on)
}

/// What a child of `program` replies, at most `limit` bytes.
fn asked(program: &Path, request: &Request, limit: usize, go_on: &dyn Fn() -> bool) -> Result<String, InferError> {
    let problem = |problem: String| InferError::Template { problem };
    let request = serde_json::to_vec(request).map_err(|error| problem(error.to_string()))?;
    let mut child = Running::start(program).map_err(|error| problem(format!("no process to render it: {error}")))?;
    // A reply longer than its limit, quoted letter by letter, is none.
    let most = (limit as u64).saturating_mul(6).saturating_add(OWN_REPLY);
    let reply = child.ask(request, most, go_on)?;
    serde_json::from_slice::<Reply>(&reply)
        .map_err(|_| problem("it took more than the 1 GiB of memory it may have, or broke down".to_owned()))?
        .map_err(problem)
}

/// A child that is ended whatever happens.
struct Running(Child);

impl Running {
    fn start(program: &Path) -> std::io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(COMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map(Self)
    }

    /// Sends a request and waits for the reply, both on threads of their own: a child that neither reads nor ends must
    /// not hold this one.
    fn ask(&mut self, request: Vec<u8>, most: u64, go_on: &dyn Fn() -> bool) -> Result<Vec<u8>, InferError> {
        let problem = |problem: String| InferError::Template { problem };
        let (Some(mut to), Some(from)) = (self.0.stdin.take(), self.0.stdout.take()) else {
            return Err(problem("no pipe to the process that renders it".to_owned()));
        };
        let (send, told) = mpsc::channel();
        // A child that died early closes the pipe; what matters is that no reply comes.
        std::thread::spawn(move || drop(to.write_all(&request)));
        std::thread::spawn(move || {
            let mut reply = Vec::new();
            let read = from.take(most).read_to_end(&mut reply);
            // Nobody waits any more after the deadline.
            let _ = send.send(read.map(|_| reply));
        });
        let started = Instant::now();
        loop {
            match told.recv_timeout(LOOK) {
                Ok(reply) => return reply.map_err(|error| problem(error.to_string())),
                Err(RecvTimeoutError::Disconnected) => return Err(problem("it gave no page".to_owned())),
                Err(RecvTimeoutError::Timeout) if !go_on() => return Err(InferError::Cancelled),
                Err(RecvTimeoutError::Timeout) if started.elapsed() < MOST_TIME => {}
                Err(RecvTimeoutError::Timeout) => {
                    let seconds = MOST_TIME.as_secs();
                    return Err(problem(format!("it took longer than the {seconds} seconds it may take")));
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended cannot be killed, which is what is wanted.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
