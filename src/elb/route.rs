//! A request's way through a load balancer: the listener that takes it, the rule that it meets, the target that it goes
//! to, and what comes back. It follows the same truth as the probes ([`super::probe`]), and changes nothing.
//!
//! | what the load balancer finds | an Application Load Balancer answers |
//! |---|---|
//! | no target to send it to | 503 |
//! | a target that refuses the connection | 502 |
//! | a target that does not let it connect or does not answer in time | 504 |
//!
//! A Network Load Balancer passes the connection on, with what becomes of it.
//! Source: the user guide of Application Load Balancers, "Troubleshoot", read 2026-11-22.

use super::attributes::of_balancer;
use super::matching;
use super::{Kind, Listener, LoadBalancer, Rule, Target, TargetGroup, TargetState, probe};
use crate::ec2::cidr::Cidr;
use crate::ecs::Task;
use crate::ecs::application::{self, Answer};
use crate::ecs::service::{connects, named_port};
use crate::ecs::taskdef::Container;
use crate::rooms::Rooms;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// Who asks: an address, and the security groups of its interface as far as the VPC sees them.
#[derive(Clone, Debug)]
pub struct Client {
    /// Its address.
    pub address: String,
    /// Its security groups; none of somebody on the internet.
    pub groups: Vec<String>,
}

impl Client {
    /// Its address as a block.
    pub fn block(&self) -> Vec<Cidr> {
        Cidr::parse(&format!("{}/32", self.address)).into_iter().collect()
    }
}

/// A request of HTTP.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `GET` or another method.
    pub method: String,
    /// Whether it comes over TLS.
    pub tls: bool,
    /// Whether the client takes any certificate.
    pub insecure: bool,
    /// The header `Host`, without a port.
    pub host: String,
    /// From the first slash to the question mark.
    pub path: String,
    /// What stands behind the question mark.
    pub query: String,
    /// The other headers.
    pub headers: Vec<(String, String)>,
    /// How many requests came before: by it, requests go round the targets.
    pub count: u64,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing listens.
    Refused,
    /// Packets get no answer.
    Dropped,
    /// The connection is taken, and cut.
    Reset,
    /// The connection is taken, and nothing comes.
    Silent,
    /// What listens does not speak TLS.
    NotTls,
    /// The certificate is for another name.
    WrongCertificate,
}

/// What comes back.
#[derive(Clone, Debug)]
pub enum Reply<'a> {
    /// The load balancer's own answer.
    Own(Own),
    /// The answer of a container.
    Container(Served<'a>),
    /// There is none.
    Failed(Failure),
}

/// What an Application Load Balancer calls itself.
const SERVER: &str = "awselb/2.0";

/// What a load balancer says by itself, or the proxy of a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Own {
    /// The status code.
    pub code: u16,
    /// The header `Server`.
    pub server: &'static str,
    /// The header `Location` of a redirect.
    pub location: Option<String>,
    /// The header `Content-Type`.
    pub kind: String,
    /// The body.
    pub body: String,
    /// After how long it comes.
    pub after: SimDuration,
}

/// What a container answers.
#[derive(Clone, Copy, Debug)]
pub struct Served<'a> {
    /// The task.
    pub task: &'a Task,
    /// The container.
    pub container: &'a Container,
    /// The status code.
    pub code: u16,
    /// After how long it comes.
    pub after: SimDuration,
    /// Whether it came through the proxy of Service Connect, which says so.
    pub proxied: bool,
}

/// The words of a status code.
pub fn reason(code: u16) -> &'static str {
    match code {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Temporarily Unavailable",
        504 => "Gateway Time-out",
        _ => "",
    }
}

/// What a client gets that asks a load balancer at a port.
pub fn ask<'a>(
    rooms: &'a Rooms,
    balancer: &LoadBalancer,
    port: u16,
    client: &Client,
    request: &Request,
    now: SimTime,
) -> Reply<'a> {
    let own = balancer.security_groups.as_slice();
    let unguarded = balancer.kind == Kind::Network && own.is_empty();
    if !unguarded && !rooms.ec2.network().admits(own, port, &client.groups, &client.block()) {
        return Reply::Failed(Failure::Dropped);
    }
    let Some(listener) = balancer.listeners.iter().find(|own| own.port == port) else {
        return Reply::Failed(Failure::Refused);
    };
    match (listener.protocol.as_str(), request.tls) {
        ("UDP", _) => return Reply::Failed(Failure::Dropped),
        ("HTTPS" | "TLS", true) if !request.insecure => return Reply::Failed(Failure::WrongCertificate),
        ("HTTPS", false) => return Reply::Own(page(400, "400 The plain HTTP request was sent to HTTPS port")),
        ("TLS", false) => return Reply::Failed(Failure::Reset),
        ("HTTP" | "TCP" | "TCP_UDP", true) => return Reply::Failed(Failure::NotTls),
        _ => {}
    }
    let Some(rule) = listener.rules.iter().find(|own| matching::meets(own, client, request)) else {
        return Reply::Failed(Failure::Refused);
    };
    let action = &rule.actions[0];
    match action["Type"].as_str() {
        Some("redirect") => Reply::Own(redirect(&action["RedirectConfig"], listener, request)),
        Some("fixed-response") => Reply::Own(fixed(&action["FixedResponseConfig"])),
        _ => forward(rooms, balancer, rule, request, now),
    }
}

/// A page in the form in which the service has them.
fn page(code: u16, title: &str) -> Own {
    let body = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{}</h1></center>\r\n</body>\r\n</html>\r\n",
        format_args!("{code} {}", reason(code))
    );
    Own { code, server: SERVER, location: None, kind: "text/html".to_string(), body, after: SimDuration::ZERO }
}

fn error(code: u16, after: SimDuration) -> Reply<'static> {
    Reply::Own(Own { after, ..page(code, &format!("{code} {}", reason(code))) })
}

fn fixed(config: &Value) -> Own {
    let text = |member: &str| config[member].as_str().unwrap_or_default().to_string();
    let code = text("StatusCode").parse().unwrap_or(200);
    let kind = config["ContentType"].as_str().unwrap_or("text/plain").to_string();
    Own { code, server: SERVER, location: None, kind, body: text("MessageBody"), after: SimDuration::ZERO }
}

fn redirect(config: &Value, listener: &Listener, request: &Request) -> Own {
    let port = listener.port.to_string();
    let filled = |member: &str| {
        let text = config[member].as_str().unwrap_or_default();
        let protocol = listener.protocol.to_ascii_lowercase();
        let text = text.replace("#{protocol}", &protocol).replace("#{host}", &request.host);
        let path = request.path.trim_start_matches('/');
        text.replace("#{port}", &port).replace("#{path}", path).replace("#{query}", &request.query)
    };
    let query = Some(filled("Query")).filter(|own| !own.is_empty()).map(|own| format!("?{own}")).unwrap_or_default();
    let (protocol, host, port) = (filled("Protocol").to_ascii_lowercase(), filled("Host"), filled("Port"));
    let location = format!("{protocol}://{host}:{port}{}{query}", filled("Path"));
    let code = if config["StatusCode"] == "HTTP_302" { 302 } else { 301 };
    Own { location: Some(location), ..page(code, &format!("{code} {}", reason(code))) }
}

/// The group of this request: each gets its share of the weights, evenly spread.
fn group<'a>(rooms: &'a Rooms, rule: &Rule, count: u64) -> Option<&'a TargetGroup> {
    let groups: Vec<(&TargetGroup, u64)> =
        rule.forwards_to().filter_map(|(arn, weight)| Some((rooms.elb.target_group(arn)?, weight))).collect();
    let sum: u64 = groups.iter().map(|(_, weight)| weight).sum();
    // Multiples of the golden ratio fall evenly into each part of a circle.
    let turn = count.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let mut place = (turn * sum) >> 32;
    for (own, weight) in groups {
        if place < weight {
            return Some(own);
        }
        place -= weight;
    }
    None
}

fn forward<'a>(rooms: &'a Rooms, balancer: &LoadBalancer, rule: &Rule, request: &Request, now: SimTime) -> Reply<'a> {
    let http = balancer.kind == Kind::Application;
    let Some(group) = group(rooms, rule, request.count) else {
        return if http { error(503, SimDuration::ZERO) } else { Reply::Failed(Failure::Reset) };
    };
    let all = || rooms.elb.targets(group.id);
    let mut takes: Vec<&Target> = all().filter(|own| own.state == TargetState::Healthy).collect();
    if takes.is_empty() {
        // LB-12: none is healthy, so that all get requests.
        takes = all().filter(|own| !matches!(own.state, TargetState::Draining | TargetState::Unused)).collect();
    }
    let turn = usize::try_from(request.count).unwrap_or_default().checked_rem(takes.len());
    let Some(target) = turn.and_then(|turn| takes.get(turn)) else {
        return if http { error(503, SimDuration::ZERO) } else { Reply::Failed(Failure::Reset) };
    };
    let task = target.task.and_then(|key| rooms.ecs.task(key));
    let idle = of_balancer(balancer, "idle_timeout.timeout_seconds").parse().unwrap_or(60);
    let idle = SimDuration::from_secs(idle);
    if !probe::admits(&rooms.ec2, balancer, target, task, target.port) {
        // An Application Load Balancer waits ten seconds for a connection.
        return if http { error(504, SimDuration::from_secs(10)) } else { Reply::Failed(Failure::Dropped) };
    }
    let reply = task
        .map_or(Reply::Failed(Failure::Refused), |task| served(rooms, task, group.ip, target.port, &request.path, now));
    match reply {
        Reply::Failed(Failure::Refused) if http => error(502, SimDuration::ZERO),
        Reply::Failed(Failure::Refused) => Reply::Failed(Failure::Reset),
        Reply::Failed(Failure::Silent) if http => error(504, idle),
        Reply::Container(own) if http && own.after >= idle => error(504, idle),
        reply => reply,
    }
}

/// What answers at a port of a task's own interface, or at one that it has of its host.
pub fn served<'a>(rooms: &'a Rooms, task: &'a Task, interface: bool, port: u16, path: &str, now: SimTime) -> Reply<'a> {
    let Some(index) = probe::container_at(task, interface, port) else { return Reply::Failed(Failure::Refused) };
    match served_by(rooms, task, index, path, now) {
        Reply::Container(own) => Reply::Container(Served { proxied: is_proxied(task, index), ..own }),
        reply => reply,
    }
}

/// Whether the proxy of Service Connect stands before a container and speaks HTTP: it listens at the container's port, and
/// passes on what has no protocol of an application as TCP, unseen ([DG:create-service-connect]).
fn is_proxied(task: &Task, index: usize) -> bool {
    let settings = task.request.settings.as_deref().filter(|own| connects(own));
    let mut named = settings
        .into_iter()
        .flat_map(|own| own["serviceConnectConfiguration"]["services"].as_array().into_iter().flatten());
    named.any(|own| {
        let name = own["portName"].as_str().unwrap_or_default();
        named_port(&task.definition.registration.document, name)
            .is_some_and(|(place, mapping)| place == index && mapping["appProtocol"].is_string())
    })
}

/// What a container of a task answers where it listens.
pub fn served_by<'a>(rooms: &'a Rooms, task: &'a Task, index: usize, path: &str, now: SimTime) -> Reply<'a> {
    let container = task.definition.registration.core.containers.get(index);
    let Some((container, started)) = container.zip(probe::started(task, index)) else {
        return Reply::Failed(Failure::Refused);
    };
    let code = |code, after| Reply::Container(Served { task, container, code, after, proxied: false });
    match application::answer(&rooms.ecs, task, container, started, path, now).0 {
        Answer::Code(own) => code(own, SimDuration::ZERO),
        Answer::After(span) => code(200, span),
        Answer::Silent => Reply::Failed(Failure::Silent),
        Answer::Refuses => Reply::Failed(Failure::Refused),
    }
}
