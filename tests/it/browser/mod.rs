//! A real browser, headless: it is spoken to over a pipe in the DevTools protocol. Who looks at a page with it fails on an error in the console,
//! on a request to anywhere but the server, and on what axe finds in the way of people who see or move differently.
#![allow(dead_code)]

mod picture;

use crate::server::Server;
use base64::Engine as _;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::rc::Rc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// axe-core 4.14.1 by Deque Systems, under the Mozilla Public License 2.0 (`axe.LICENSE`); not changed.
const AXE: &str = include_str!("axe.min.js");
/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);
/// How wide a desk is, and how wide a telephone.
pub const DESK: u32 = 1280;
pub const PHONE: u32 = 360;
/// How wide pictures of the README are at most.
const SHOWN: f64 = 900.0;

/// The browser.
pub struct Browser {
    wire: Rc<RefCell<Wire>>,
    child: Child,
    _profile: tempfile::TempDir,
}

/// What it is spoken to over.
struct Wire {
    input: ChildStdin,
    messages: Receiver<Value>,
    last: u64,
    /// What it has told besides its answers: the session, the method, the parameters.
    events: VecDeque<(String, String, Value)>,
}

impl Wire {
    /// Sends a command, and gives the answer; what is wrong with it as an error.
    #[allow(clippy::needless_pass_by_value)] // it is written where it is sent
    fn call(&mut self, session: &str, method: &str, params: Value) -> Result<Value, String> {
        self.last += 1;
        let mut message = json!({"id": self.last, "method": method, "params": params});
        if !session.is_empty() {
            message["sessionId"] = session.into();
        }
        self.input.write_all(format!("{message}\0").as_bytes()).unwrap();
        let start = Instant::now();
        loop {
            match self.messages.recv_timeout(Duration::from_secs(1)) {
                Ok(message) if message["id"] == self.last => {
                    return match message.get("error") {
                        Some(error) => Err(error.to_string()),
                        None => Ok(message["result"].clone()),
                    };
                }
                Ok(message) => self.keep(message),
                Err(RecvTimeoutError::Timeout) => assert!(start.elapsed() < PATIENCE, "{method} is not answered"),
                Err(RecvTimeoutError::Disconnected) => panic!("the browser has ended"),
            }
        }
    }

    fn keep(&mut self, mut message: Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        if let Some(method) = message.get("method") {
            self.events.push_back((text(&message["sessionId"]), text(method), message["params"].take()));
        }
    }

    /// Takes in what was told meanwhile.
    fn listen(&mut self) {
        while let Ok(message) = self.messages.try_recv() {
            self.keep(message);
        }
    }
}

/// Where a picture is kept.
fn file(name: &str) -> PathBuf {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("target/screenshots/{name}.png"));
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    file
}

/// The program; none, with a word about it, where there is no Chromium.
pub fn chromium() -> Option<&'static str> {
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|name| {
        let asked = Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    });
    if found.is_none() {
        eprintln!("there is no chromium here: skipped");
    }
    found
}

impl Browser {
    /// Starts it; none where there is no Chromium.
    pub fn start() -> Option<Self> {
        let name = chromium()?;
        let profile = tempfile::tempdir().unwrap();
        // it reads from the pipe 3, and writes to 4
        let script = format!(
            "exec {name} --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run --mute-audio \
             --disable-background-networking --disable-component-update --disable-dev-shm-usage --disable-extensions \
             --remote-debugging-pipe --user-data-dir=\"$1\" 3<&0 4>&1 >/dev/null 2>&1"
        );
        let mut child = Command::new("sh")
            .args(["-c", &script, "sh"])
            .arg(profile.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { break };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let wire = Wire { input, messages, last: 0, events: VecDeque::new() };
        Some(Self { wire: Rc::new(RefCell::new(wire)), child, _profile: profile })
    }

    /// Somebody new in front of it, who has no cookies yet, with a window of this width, before a server.
    pub fn visitor(&self, server: &Server, width: u32) -> Page {
        self.visitor_at(&format!("http://{}", server.address), width)
    }

    /// The same, before what answers at an address.
    pub fn visitor_at(&self, origin: &str, width: u32) -> Page {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let mut wire = self.wire.borrow_mut();
        let context = wire.call("", "Target.createBrowserContext", json!({})).unwrap();
        let blank = json!({"url": "about:blank", "browserContextId": context["browserContextId"]});
        let target = wire.call("", "Target.createTarget", blank).unwrap();
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = text(&wire.call("", "Target.attachToTarget", attach).unwrap()["sessionId"]);
        for domain in ["Page", "Runtime", "Log", "Network", "DOM"] {
            wire.call(&session, &format!("{domain}.enable"), json!({})).unwrap();
        }
        drop(wire);
        let page = Page { wire: Rc::clone(&self.wire), session, origin: origin.to_owned() };
        page.resize(width);
        page
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A page, in front of somebody.
pub struct Page {
    wire: Rc<RefCell<Wire>>,
    session: String,
    origin: String,
}

impl Page {
    fn try_call(&self, method: &str, params: Value) -> Result<Value, String> {
        self.wire.borrow_mut().call(&self.session, method, params)
    }

    #[track_caller]
    fn call(&self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Makes the window this wide.
    pub fn resize(&self, width: u32) {
        let is_phone = width < 600;
        let (height, scale) = (if is_phone { 740 } else { 900 }, 1);
        let size = json!({"width": width, "height": height, "deviceScaleFactor": scale, "mobile": is_phone});
        self.call("Emulation.setDeviceMetricsOverride", size);
    }

    /// Gives the browser an authenticator that says yes to everything.
    pub fn with_authenticator(&self) {
        self.call("WebAuthn.enable", json!({}));
        let options = json!({"protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "automaticPresenceSimulation": true});
        self.call("WebAuthn.addVirtualAuthenticator", json!({"options": options}));
    }

    /// Goes to an address of the server.
    #[track_caller]
    pub fn go(&self, path: &str) {
        self.call("Page.navigate", json!({"url": format!("{}{path}", self.origin)}));
        self.until("location.href !== 'about:blank' && document.readyState === 'complete'");
    }

    /// What an expression of the page gives; an error while it is being left.
    fn evaluate(&self, expression: &str) -> Result<Value, String> {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.try_call("Runtime.evaluate", asked)?;
        match answer.get("exceptionDetails") {
            Some(wrong) => Err(wrong.to_string()),
            None => Ok(answer["result"]["value"].clone()),
        }
    }

    /// What a script of several statements gives in the end, as if somebody had asked for it by a click.
    #[track_caller]
    pub fn script(&self, script: &str) -> Value {
        let whole = format!("(async () => {{ {script} }})()");
        let asked = json!({"expression": whole, "awaitPromise": true, "returnByValue": true, "userGesture": true});
        let mut done = self.call("Runtime.evaluate", asked);
        assert!(done["exceptionDetails"].is_null(), "{done}");
        done["result"]["value"].take()
    }

    /// The same page, to go on at another address.
    pub fn at(self, origin: &str) -> Self {
        Self { origin: origin.to_owned(), ..self }
    }

    /// Has scripts of a test run in pages that may have none.
    pub fn without_policy(&self) {
        self.call("Page.setBypassCSP", json!({"enabled": true}));
    }

    /// The same of one that is right.
    #[track_caller]
    pub fn eval(&self, expression: &str) -> Value {
        self.evaluate(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until an expression holds.
    #[track_caller]
    pub fn until(&self, expression: &str) {
        let start = Instant::now();
        while self.evaluate(&format!("Boolean({expression})")) != Ok(Value::Bool(true)) {
            if start.elapsed() > PATIENCE {
                self.picture("gave-up");
                panic!("{expression} does not come true at {}: {}", self.address(), self.text());
            }
            std::thread::sleep(Duration::from_millis(30));
        }
    }

    /// Waits until the page says this.
    #[track_caller]
    pub fn until_says(&self, words: &str) {
        self.until(&format!("document.readyState === 'complete' && document.body.innerText.includes({words:?})"));
    }

    /// Waits until the page is at an address that begins so.
    #[track_caller]
    pub fn until_at(&self, path: &str) {
        self.until(&format!("document.readyState === 'complete' && location.pathname.startsWith({path:?})"));
    }

    /// What is read on the page.
    pub fn text(&self) -> String {
        self.evaluate("document.body.innerText")
            .ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Path and query of the page.
    pub fn address(&self) -> String {
        let address = self.evaluate("location.pathname + location.search");
        address.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    /// The middle of an element, once it is there and in sight.
    #[track_caller]
    fn middle(&self, selector: &str) -> (f64, f64) {
        self.until(&format!("document.querySelector({selector:?})"));
        let found = self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.scrollIntoView({{block: 'center', behavior: 'instant'}}); \
             const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }})()"
        ));
        (found[0].as_f64().unwrap(), found[1].as_f64().unwrap())
    }

    fn mouse(&self, kind: &str, (x, y): (f64, f64)) {
        let held = i32::from(kind != "mouseMoved");
        let event = json!({"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": held});
        self.call("Input.dispatchMouseEvent", event);
    }

    /// Clicks an element.
    #[track_caller]
    pub fn click(&self, selector: &str) {
        let place = self.middle(selector);
        self.mouse("mousePressed", place);
        self.mouse("mouseReleased", place);
    }

    /// Drags an element by so many pixels.
    #[track_caller]
    pub fn drag(&self, selector: &str, (right, down): (f64, f64)) {
        let (x, y) = self.middle(selector);
        self.mouse("mousePressed", (x, y));
        self.mouse("mouseMoved", (x + right / 2.0, y + down / 2.0));
        self.mouse("mouseMoved", (x + right, y + down));
        self.mouse("mouseReleased", (x + right, y + down));
    }

    /// Types into a field, in place of what is there.
    #[track_caller]
    pub fn fill(&self, selector: &str, text: &str) {
        self.until(&format!("document.querySelector({selector:?})"));
        self.eval(&format!(
            "(() => {{ const e = document.querySelector({selector:?}); e.focus(); if (e.select) e.select(); }})()"
        ));
        self.write(text);
    }

    /// Types where the focus is.
    pub fn write(&self, text: &str) {
        self.call("Input.insertText", json!({"text": text}));
    }

    /// Presses a key, such as `Tab`, `Enter`, `ArrowLeft`, `F2`; with `Shift+`, `Control+` or `Alt+` before it.
    pub fn press(&self, key: &str) {
        let (mut modifiers, mut name) = (0, key);
        for (held, bit) in [("Alt+", 1), ("Control+", 2), ("Shift+", 8)] {
            if let Some(rest) = name.strip_prefix(held) {
                (modifiers, name) = (modifiers | bit, rest);
            }
        }
        let code = match name {
            "Tab" => 9,
            "Enter" => 13,
            "Escape" => 27,
            " " => 32,
            "End" => 35,
            "Home" => 36,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            name if name.len() > 1 && name.starts_with('F') => 111 + name[1..].parse::<u32>().unwrap(),
            name => u32::from(name.to_ascii_uppercase().as_bytes()[0]),
        };
        let text = match name {
            "Enter" => "\r",
            name if name.len() == 1 && matches!(modifiers, 0 | 8) => name,
            _ => "",
        };
        let event = |kind: &str| {
            let mut event = json!({"type": kind, "key": name, "windowsVirtualKeyCode": code, "modifiers": modifiers});
            if kind == "keyDown" && !text.is_empty() {
                event["text"] = text.into();
            }
            event
        };
        self.call("Input.dispatchKeyEvent", event("keyDown"));
        self.call("Input.dispatchKeyEvent", event("keyUp"));
    }

    /// Chooses a file for a field.
    #[track_caller]
    pub fn choose(&self, selector: &str, file: &Path) {
        self.until(&format!("document.querySelector({selector:?})"));
        let found =
            self.call("Runtime.evaluate", json!({"expression": format!("document.querySelector({selector:?})")}));
        let object = &found["result"]["objectId"];
        self.call("DOM.setFileInputFiles", json!({"files": [file], "objectId": object}));
    }

    /// Signs in by the page's own door.
    #[track_caller]
    pub fn sign_in(&self, login: &str, password: &str, code: &str) {
        self.go("/sign-in");
        self.fill("#login", login);
        self.fill("#password", password);
        self.fill("#code", code);
        self.click("main form button");
        self.until_at("/desk");
    }

    /// Keeps a picture of the whole page as `target/screenshots/NAME.png`.
    pub fn picture(&self, name: &str) {
        std::fs::write(file(name), self.screenshot(8_000.0, f64::INFINITY)).unwrap();
    }

    /// Keeps a picture for the README as `target/screenshots/readme/NAME.png`: the page from its top, at most so many pixels of it, no wider
    /// than the README shows it and in few colours.
    pub fn show(&self, name: &str, height: f64) {
        std::fs::write(file(&format!("readme/{name}")), picture::with_palette(&self.screenshot(height, SHOWN)))
            .unwrap();
    }

    /// The page as PNG, from its top at most so many pixels of it, made smaller if it is wider than this.
    fn screenshot(&self, height: f64, most: f64) -> Vec<u8> {
        let size = self.call("Page.getLayoutMetrics", json!({}))["cssContentSize"].clone();
        let (width, whole) = (size["width"].as_f64().unwrap(), size["height"].as_f64().unwrap());
        let scale = (most / width).min(1.0);
        let clip = json!({"x": 0, "y": 0, "width": width, "height": whole.min(height), "scale": scale});
        let asked = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let answer = self.call("Page.captureScreenshot", asked);
        base64::engine::general_purpose::STANDARD.decode(answer["data"].as_str().unwrap()).unwrap()
    }

    /// Looks at the page: keeps a picture of it, and fails on all that is not as it should be.
    #[track_caller]
    pub fn look(&self, name: &str) {
        self.until("document.readyState === 'complete'");
        self.picture(name);
        let mut wrong = self.told();
        if self.eval("document.documentElement.scrollWidth > innerWidth") == Value::Bool(true) {
            wrong.push("the page is wider than the window".to_owned());
        }
        // evaluated by the tester and not by the page, so its policy does not forbid it
        self.eval(&format!("{AXE}; true"));
        let found = self.eval(
            "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => \
             r.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${v.help}: ${n.html.slice(0, 200)} ${n.failureSummary}`)))",
        );
        wrong.extend(found.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()));
        assert!(wrong.is_empty(), "{name} at {}: {wrong:#?}", self.address());
    }

    /// What the browser has told of errors and of requests to elsewhere.
    fn told(&self) -> Vec<String> {
        let mut wire = self.wire.borrow_mut();
        wire.listen();
        let (own, others): (VecDeque<_>, VecDeque<_>) =
            std::mem::take(&mut wire.events).into_iter().partition(|(session, ..)| *session == self.session);
        wire.events = others;
        let is_outside = |url: &Value| {
            let url = url.as_str().unwrap_or_default();
            !(url.starts_with(&format!("{}/", self.origin)) || url.starts_with("data:") || url == "about:blank")
        };
        let mut wrong = Vec::new();
        for (_, method, params) in own {
            match method.as_str() {
                "Runtime.exceptionThrown" => wrong.push(params["exceptionDetails"].to_string()),
                "Runtime.consoleAPICalled" if params["type"] == "error" => wrong.push(params["args"].to_string()),
                // answers that say what is wrong are none; pictures, scripts and style sheets are looked at below
                "Log.entryAdded" if params["entry"]["level"] == "error" && params["entry"]["source"] != "network" => {
                    wrong.push(params["entry"].to_string());
                }
                "Network.requestWillBeSent" if is_outside(&params["request"]["url"]) => {
                    wrong.push(format!("a request to {}", params["request"]["url"]));
                }
                "Network.responseReceived"
                    if params["type"] != "Document"
                        && params["type"] != "XHR"
                        && params["response"]["status"].as_u64().is_some_and(|status| status >= 400) =>
                {
                    wrong.push(format!("{} for {}", params["response"]["status"], params["response"]["url"]));
                }
                _ => {}
            }
        }
        wrong
    }
}
