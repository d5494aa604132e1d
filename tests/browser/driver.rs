//! Starting ChromeDriver and the server of the site, once for all tests.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, RwLock};

use crate::page::Page;
use crate::places;
use crate::server;
use crate::wire::Wire;

/// The path that the site stands under: a deep one, so that an absolute path in the page would break.
const MOUNT: &str = "/some/where/";

/// A running ChromeDriver and a running server; dropping it ends ChromeDriver.
pub struct Driver {
    child: Child,
    wire: Wire,
    chromium: PathBuf,
    /// Where the site's start page is.
    pub url: String,
}

impl Driver {
    /// Starts both. The error is one sentence.
    pub fn start() -> Result<Self, String> {
        let site = std::env::var_os("ECS_LAB_DIST").map_or_else(|| places::root().join("dist"), PathBuf::from);
        if !site.join("index.html").is_file() {
            return Err(format!("{} holds no site: run `cargo dev build` first", site.display()));
        }
        let wanted = "the browser tests need Chromium and ChromeDriver (Debian's packages: chromium, chromium-driver)";
        let chromium = places::program(&["chromium", "chromium-browser", "google-chrome"]).ok_or(wanted)?;
        let driver = places::program(&["chromedriver"]).ok_or(wanted)?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| error.to_string())?;
        let url = format!("http://{}{MOUNT}", listener.local_addr().map_err(|error| error.to_string())?);
        server::start(listener, MOUNT, Arc::new(RwLock::new(site)))?;
        let mut child = Command::new(driver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("ChromeDriver could not be started: {error}"))?;
        let Some(port) = child.stdout.take().and_then(|pipe| {
            BufReader::new(pipe)
                .lines()
                .map_while(Result::ok)
                .find_map(|line| line.split_once("started successfully on port ")?.1.trim_end_matches('.').parse().ok())
        }) else {
            let _ = child.kill();
            let _ = child.wait();
            return Err("ChromeDriver did not say which port it listens on".into());
        };
        Ok(Self { child, wire: Wire { port }, chromium, url })
    }

    /// A new browser with an empty profile.
    pub fn page(&self) -> Result<Page, String> {
        Page::open(self.wire, &self.chromium, self.url.clone())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = self.wire.send("GET", "/shutdown", &serde_json::Value::Null);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
