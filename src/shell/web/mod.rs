//! Requests from the prompt to addresses of the lab: `curl`, `wget` and `dig`. What answers, and whether it is reached, the
//! lab's network says ([`crate::lab::web`]); the page that a container answers is made up and says so.
//!
//! Time stands still while a request is on its way, and no metric counts it.

mod agent;
mod curl;
mod dig;
mod endpoint;
mod imds;
mod metadata;
mod options;
mod registry;
mod wget;

use super::docker;
use super::exec::Shell;
use super::terminal::{Output, Terminal};
use super::visit;
use crate::ecs::containers::{host_name, invocation};
use crate::ecs::{program, startup};
use crate::elb::route::{Failure, Own, Reply, Request, Served, reason};
use crate::lab::Lab;
use crate::lab::web::ENVOY;
use crate::lab::web::{MESH, Place};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// The commands of this file.
pub(super) const NAMES: [&str; 3] = ["curl", "dig", "wget"];

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    Some(match name {
        "curl" => curl::run(shell, words),
        "wget" => wget::run(shell, words),
        "dig" => dig::run(shell, words),
        _ => return None,
    })
}

/// The names of the load balancers, with the scheme with which a word begins, for completion.
pub(super) fn hosts(lab: &Lab, prefix: &str) -> Vec<String> {
    let scheme = ["http://", "https://"].into_iter().find(|own| prefix.starts_with(own)).unwrap_or_default();
    lab.world().elb().load_balancers().map(|own| format!("{scheme}{}", own.dns_name)).collect()
}

/// An address of the web.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Url {
    tls: bool,
    host: String,
    port: u16,
    path: String,
    query: String,
}

/// Why an address cannot be read.
#[derive(Debug, PartialEq, Eq)]
enum BadUrl {
    Protocol(String),
    Malformed,
}

impl Url {
    /// Reads `[http[s]://]host[:port][/path][?query][#fragment]`.
    fn read(text: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            other => return Err(BadUrl::Protocol(other.to_string())),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0).ok_or(BadUrl::Malformed)?),
            None => (authority, if tls { 443 } else { 80 }),
        };
        if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
            return Err(BadUrl::Malformed);
        }
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let path = if path.is_empty() { "/" } else { path };
        Ok(Self { tls, host: host.to_string(), port, path: path.to_string(), query: query.to_string() })
    }

    /// The header `Host`: the port stands in it unless it is the scheme's own.
    fn authority(&self) -> String {
        if self.port == if self.tls { 443 } else { 80 } {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    fn text(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("{}://{}{}{query}", if self.tls { "https" } else { "http" }, self.authority(), self.path)
    }
}

/// An answer of HTTP.
struct Page {
    code: u16,
    headers: Vec<(String, String)>,
    body: String,
    after: SimDuration,
}

/// The addresses of a host, as this prompt sees them.
fn addresses(shell: &Shell<'_>, host: &str) -> Vec<String> {
    if host.eq_ignore_ascii_case("localhost") {
        return ["127.0.0.1".to_string()].into();
    }
    let own = of_aws(host);
    if !own.is_empty() {
        return own;
    }
    let inside = shell.terminal.inside.as_ref().map(|own| own.container().hosts.as_slice()).unwrap_or_default();
    match inside.iter().find(|(_, name)| name.eq_ignore_ascii_case(host)) {
        Some((address, _)) => [address.clone()].into(),
        None => shell.lab.world().addresses(place(shell.terminal), host),
    }
}

/// The addresses of a host of AWS that the lab answers for, that of IPv6 last, where the name has one: the lab's own network
/// has IPv4 alone.
fn of_aws(host: &str) -> Vec<String> {
    let address = match (registry::is_host(host), endpoint::is_host(host)) {
        (true, _) => registry::ADDRESS,
        (_, true) => endpoint::ADDRESS,
        _ => return Vec::new(),
    };
    let dual = [".on.aws", ".api.aws"].iter().any(|own| host.to_ascii_lowercase().ends_with(own));
    let six = dual.then(|| format!("2001:db8::{}", address.replace('.', ":")));
    [Some(address.to_string()), six].into_iter().flatten().collect()
}

/// Where the prompt asks from.
fn place(terminal: &Terminal) -> Place {
    let task = terminal.inside.as_ref().and_then(|own| own.container().task);
    task.map(Place::Task).or(visit::id(terminal).map(Place::Instance)).unwrap_or(Place::Home)
}

/// Why a name that does not resolve leads nowhere, in words of the lab.
fn unresolved(shell: &Shell<'_>, host: &str) -> String {
    let world = shell.lab.world();
    let host = host.to_ascii_lowercase();
    if world.elb().load_balancers().any(|own| !own.active && own.dns_name.eq_ignore_ascii_case(&host)) {
        return "lab: this load balancer is still provisioning; its name resolves when it is active\n".to_string();
    }
    let inside =
        |own: &crate::servicediscovery::Namespace| host.ends_with(&format!(".{}", own.name.to_ascii_lowercase()));
    if world.servicediscovery().private().any(inside) && place(shell.terminal) == Place::Home {
        return "lab: a private hosted zone answers within its VPC alone; ssh NAME leads to an instance there\n"
            .to_string();
    }
    if world.comes_later(place(shell.terminal), &host) {
        return "lab: a task knows the endpoints of Service Connect that were there when the deployment of its service began; the \
                next deployment brings the later ones\n"
            .to_string();
    }
    "lab: this prompt has no internet: names of the lab's own load balancers, tasks and instances resolve\n".to_string()
}

/// Asks what listens at an address.
fn ask(shell: &mut Shell<'_>, url: &Url, address: &str, mut request: Request) -> Result<Page, Failure> {
    request.count = shell.terminal.requests;
    shell.terminal.requests += 1;
    (request.tls, request.path, request.query) = (url.tls, url.path.clone(), url.query.clone());
    if address == registry::ADDRESS {
        return registry::answer(shell, &url.host, &url.path, &request);
    }
    let here = place(shell.terminal);
    if address == imds::ADDRESS
        && let Some(answered) = imds::answer(shell, here, url.port, &request)
    {
        return answered;
    }
    if address == endpoint::ADDRESS {
        return endpoint::answer(shell, &request);
    }
    let now = shell.lab.now();
    let world = shell.lab.world();
    let loopback = address == "0.0.0.0" || address.starts_with("127.") && !address.starts_with(MESH);
    let container = shell.terminal.inside.as_ref().map(|own| own.container());
    let of_docker = |found: Option<Speaker>| match found {
        Some(_) if url.tls => Err(Failure::NotTls),
        Some(own) => Ok(made_up(200, &own, &request, SimDuration::ZERO, now)),
        None => Err(Failure::Refused),
    };
    let reply = match (here, container) {
        (Place::Task(_), Some(own)) if address == metadata::ADDRESS => return metadata::answer(shell, own, &url.path),
        (Place::Task(key), Some(own)) if loopback => world.within(key, &own.name, url.port, &request),
        (_, Some(own)) if loopback => return of_docker(docker::within(shell, &own.id, url.port)),
        (Place::Instance(_), _) if loopback && url.port == agent::PORT => {
            return agent::answer(shell, &url.path).ok_or(Failure::Refused);
        }
        (Place::Instance(id), _) if loopback => world.on_instance(id, url.port, &request),
        _ if loopback => match docker::at_port(shell, url.port) {
            Some(None) if !url.tls => return Err(Failure::Reset),
            found => return of_docker(found.flatten()),
        },
        _ => world.ask(here, address, url.port, &request),
    };
    match reply {
        Reply::Own(own) => Ok(of_balancer(own, now)),
        Reply::Container(own) => {
            let page = made_up(own.code, &speaker(&own, &shell.lab.start().region), &request, own.after, now);
            Ok(if own.proxied { through_proxy(page) } else { page })
        }
        Reply::Failed(why) => Err(why),
    }
}

/// An application that answers.
pub(in crate::shell) struct Speaker {
    /// Whose it is.
    pub(in crate::shell) who: String,
    /// The heading of the page at its root.
    pub(in crate::shell) welcome: Option<&'static str>,
    /// The files that its image was built with and that its command writes, by their paths.
    pub(in crate::shell) files: Vec<(String, String)>,
}

/// Where the servers of well-known images and systems have their pages.
const ROOTS: [&str; 3] = ["/usr/local/apache2/htdocs", "/usr/share/nginx/html", "/var/www/html"];

impl Speaker {
    /// The file that a path of a request leads to.
    fn page(&self, path: &str) -> Option<&str> {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = if path.ends_with('/') { format!("{path}index.html") } else { path.to_string() };
        let is_it = |own: &str| ROOTS.iter().any(|root| own.strip_prefix(root) == Some(path.as_str()));
        self.files.iter().rfind(|(own, _)| is_it(own)).map(|(_, text)| text.as_str())
    }
}

/// The files that a command writes before it serves; those that the lab followed come last.
pub(in crate::shell) fn written(
    words: &[&str],
    setting: &program::Setting<'_>,
    scene: &program::Scene<'_>,
) -> impl Iterator<Item = (String, String)> {
    let script = words.iter().position(|word| *word == "-c").and_then(|at| words.get(at + 1)).copied();
    let all = program::writings(script.unwrap_or_default()).into_iter().map(|own| (own.path, own.text));
    all.chain(program::files(words, setting, scene))
}

/// Who answered in a Region: with the page of its image, unless it runs a command of its own.
fn speaker(own: &Served<'_>, region: &str) -> Speaker {
    let (task, container) = (own.task, own.container);
    let run = invocation(task, &container.name);
    let plain = run.entry_point.is_empty() && run.command.is_empty();
    let who = format!(
        "container {} ({}) of task {} ({}) in {}",
        container.name,
        container.image,
        task.key.id,
        task.definition.name(),
        task.zone
    );
    let built = run.written.map(|own| own.files.clone()).unwrap_or_default();
    let index = task.definition.registration.core.containers.iter().position(|other| other.name == container.name);
    let index = index.unwrap_or_default();
    let since = task.containers.as_ref().and_then(|runs| runs.get(index)).map_or(task.times.started, |own| own.started);
    let host = host_name(region, task, index);
    let scene = program::Scene { host: &host, since: since.unwrap_or(task.times.created), told: None };
    let files = built.into_iter().chain(written(&run.words(), &run.setting(), &scene)).collect();
    Speaker { who, welcome: startup::welcome(&container.image).filter(|_| plain), files }
}

/// The answer of an application, which the lab does not run.
fn made_up(code: u16, own: &Speaker, request: &Request, after: SimDuration, now: SimTime) -> Page {
    let status = format!("{code} {}", reason(code));
    let heading = own.welcome.filter(|_| code == 200 && request.path == "/").unwrap_or(&status);
    let page = own.page(&request.path).filter(|_| code == 200).map(String::from);
    let body = page.unwrap_or_else(|| format!(
        "<html><body>\n<h1>{heading}</h1>\n<p>{} {} was answered by {}.</p>\n<p>ECS Lab made this page up: it does not run \
         what is in the image.</p>\n</body></html>\n",
        request.method, request.path, own.who,
    ));
    let headers = [
        ("Date", date(now)),
        ("Content-Type", "text/html".to_string()),
        ("Content-Length", body.len().to_string()),
        ("Connection", "keep-alive".to_string()),
    ];
    Page { code, headers: headers.map(|(name, value)| (name.to_string(), value)).to_vec(), body, after }
}

/// The same behind the proxy of a task, an Envoy: with its name, and how long it waited.
fn through_proxy(page: Page) -> Page {
    let mut headers = alloc::vec![("Server".to_string(), ENVOY.to_string())];
    headers.extend(page.headers);
    headers.push(("x-envoy-upstream-service-time".to_string(), page.after.as_millis().to_string()));
    Page { headers: of_envoy(headers), ..page }
}

/// Headers as Envoy sends them: their names in small letters, and none about the connection.
fn of_envoy(headers: Vec<(String, String)>) -> Vec<(String, String)> {
    let kept = headers.into_iter().filter(|(name, _)| name != "Connection");
    kept.map(|(name, value)| (name.to_ascii_lowercase(), value)).collect()
}

fn of_balancer(own: Own, now: SimTime) -> Page {
    let mut headers = alloc::vec![("Server", own.server.to_string()), ("Date", date(now))];
    if !own.body.is_empty() {
        headers.push(("Content-Type", own.kind));
    }
    headers.push(("Content-Length", own.body.len().to_string()));
    headers.push(("Connection", "keep-alive".to_string()));
    headers.extend(own.location.map(|location| ("Location", location)));
    let headers = headers.into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    let headers = if own.server == ENVOY { of_envoy(headers) } else { headers };
    Page { code: own.code, headers, body: own.body, after: own.after }
}

/// An answer in JSON.
fn json(shell: &Shell<'_>, code: u16, value: &Value) -> Page {
    let body = value.to_string();
    let headers = [
        ("Content-Type", "application/json".to_string()),
        ("Date", date(shell.lab.now())),
        ("Content-Length", body.len().to_string()),
    ];
    let headers = headers.map(|(name, value)| (name.to_string(), value)).to_vec();
    Page { code, headers, body, after: SimDuration::ZERO }
}

/// `Mon, 05 Jan 2026 09:00:00 GMT`.
fn date(now: SimTime) -> String {
    let (weekday, month) = day(now);
    let own = now.civil();
    format!("{weekday}, {:02} {month} {} {} GMT", own.day, own.year, now.clock())
}

/// The short names of the day of the week and of the month.
fn day(now: SimTime) -> (&'static str, &'static str) {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let days = now.as_millis().div_euclid(86_400_000).rem_euclid(7);
    let month = usize::try_from(now.civil().month).unwrap_or(1);
    let weekday = usize::try_from(days).ok().and_then(|days| DAYS.get(days)).copied().unwrap_or_default();
    (weekday, MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_the_web() {
        for (text, expected) in [
            ("localhost", Ok("http://localhost/")),
            ("http://a.b:8080/c?d=e#f", Ok("http://a.b:8080/c?d=e")),
            ("HTTPS://a.b:443?x", Ok("https://a.b/?x")),
            ("ftp://a.b", Err(BadUrl::Protocol("ftp".to_string()))),
            ("http://", Err(BadUrl::Malformed)),
            ("http://a:0/", Err(BadUrl::Malformed)),
            ("http://a b/", Err(BadUrl::Malformed)),
            ("a:x", Err(BadUrl::Malformed)),
        ] {
            assert_eq!(Url::read(text).map(|own| own.text()), expected.map(String::from), "{text}");
        }
    }

    #[test]
    fn dates_of_headers() {
        for (time, expected) in [
            ("2026-01-05T09:00:00Z", "Mon, 05 Jan 2026 09:00:00 GMT"),
            ("1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 GMT"),
        ] {
            assert_eq!(date(SimTime::parse(time).unwrap()), expected);
        }
    }
}
