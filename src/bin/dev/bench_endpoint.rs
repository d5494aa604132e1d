//! The endpoint under load: requests a second over real connections, and what it holds in memory.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::places;
use crate::program::{cannot_start, cargo, run, say, target};

/// Requests that are timed.
const REQUESTS: u32 = 5_000;
/// Tasks of one request: 50,000 in all.
const TASKS: u32 = 10;
const ZONES: [&str; 5] = ["us-east-1a", "us-east-1b", "us-east-1c", "us-east-1d", "us-east-1e"];
/// 5,000 in all.
const INSTANCES_A_ZONE: u32 = 1_000;

/// Measures, and hands over one object for each measurement.
pub fn bench(mut show: impl FnMut(Value)) -> Result<(), String> {
    say("the endpoint under load");
    let mut build = cargo(&["build", "--release", "--features", "endpoint", "--bin", "endpoint"]);
    run(&mut build, "building the endpoint")?;
    let endpoint = Endpoint::start()?;
    for zone in ZONES {
        endpoint.ask(
            "/_lab/command",
            "",
            &json!({ "api": "ec2.RunInstances", "input": {
            "InstanceType": "m5.large", "MinCount": INSTANCES_A_ZONE, "MaxCount": INSTANCES_A_ZONE,
            "Placement": { "AvailabilityZone": zone }, "IamInstanceProfile": { "Name": "ecsInstanceRole" },
        } }),
        )?;
    }
    endpoint.ask("/_lab/advance", "", &json!({ "seconds": 120 }))?;
    let container = json!({ "name": "app", "image": "nginx", "cpu": 32, "memory": 64 });
    endpoint.call("RegisterTaskDefinition", &json!({ "family": "web", "containerDefinitions": [container] }))?;
    let request = json!({ "taskDefinition": "web", "count": TASKS });
    let (start, before) = (Instant::now(), endpoint.seconds()?);
    for _ in 0..REQUESTS {
        endpoint.call("RunTask", &request)?;
    }
    let (real, worked) = (start.elapsed().as_secs_f64(), endpoint.seconds()? - before);
    let per_second = |seconds: f64| (f64::from(REQUESTS) / seconds).round();
    let tasks = REQUESTS * TASKS;
    show(
        json!({ "bench": "endpoint_run_task_one_client", "n": tasks, "value": per_second(real), "unit": "requests/s" }),
    );
    show(
        json!({ "bench": "endpoint_run_task_one_core", "n": tasks, "value": per_second(worked), "unit": "requests/s" }),
    );
    show(json!({ "bench": "endpoint_memory", "n": tasks, "value": endpoint.memory()?, "unit": "MB" }));
    Ok(())
}

/// A running endpoint.
struct Endpoint {
    process: Child,
    address: SocketAddr,
}

impl Drop for Endpoint {
    fn drop(&mut self) {
        let _ = self.process.kill().and_then(|()| self.process.wait());
    }
}

impl Endpoint {
    fn start() -> Result<Self, String> {
        let mut command = Command::new(places::root().join(target()).join("release/endpoint"));
        command.args(["--port", "0", "--speed", "0"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut process = command.spawn().map_err(|error| cannot_start(&command, &error))?;
        let mut said = String::new();
        if let Some(stdout) = process.stdout.take() {
            let _ = BufReader::new(stdout).read_line(&mut said);
        }
        let address = said.split_once("http://").and_then(|(_, rest)| rest.split(": ").next()?.parse().ok());
        Ok(Self { process, address: address.ok_or("the endpoint does not say where it is")? })
    }

    fn call(&self, operation: &str, input: &Value) -> Result<(), String> {
        self.ask("/", &format!("X-Amz-Target: AmazonEC2ContainerServiceV20141113.{operation}\r\n"), input)
    }

    /// Posts; an answer other than 200 is an error.
    fn ask(&self, path: &str, headers: &str, body: &Value) -> Result<(), String> {
        let failed = |error: std::io::Error| format!("the endpoint does not answer: {error}");
        let body = body.to_string();
        let length = body.len();
        let mut line = TcpStream::connect(self.address).map_err(failed)?;
        line.set_read_timeout(Some(Duration::from_secs(60))).map_err(failed)?;
        write!(line, "POST {path} HTTP/1.0\r\n{headers}Content-Length: {length}\r\n\r\n{body}").map_err(failed)?;
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).map_err(failed)?;
        if answer.starts_with(b"HTTP/1.0 200") {
            return Ok(());
        }
        Err(format!("the endpoint refuses: {}", String::from_utf8_lossy(&answer)))
    }

    /// Processor time used so far.
    fn seconds(&self) -> Result<f64, String> {
        let stat = self.read("stat")?;
        // User and system time are the 14th and 15th field; the second, in brackets, may hold spaces.
        let fields = stat.rsplit_once(") ").map(|(_, rest)| rest.split(' ').skip(11).take(2));
        let ticks: u64 = fields.into_iter().flatten().filter_map(|field| field.parse::<u64>().ok()).sum();
        Ok(ticks as f64 / 100.0)
    }

    /// Resident memory in MB.
    fn memory(&self) -> Result<u64, String> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        Ok(kib.ok_or("the system does not say what memory the endpoint has")? * 1024 / 1_000_000)
    }

    fn read(&self, file: &str) -> Result<String, String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    }
}
