//! `dig`: queries of names in private hosted zones, and of the lab's load balancers, tasks and instances.

use super::{Place, day, of_aws, place, unresolved};
use crate::ec2::network;
use crate::servicediscovery::Record;
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

const KINDS: [&str; 4] = ["A", "AAAA", "CNAME", "SRV"];
/// The time to live of names that AWS itself gives.
const TTL: u64 = 60;

/// `dig [@SERVER] [+short] NAME [TYPE]`.
pub fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (mut name, mut kind, mut short) = (None, "A".to_string(), false);
    for word in words {
        match word.as_str() {
            "+short" => short = true,
            "-t" | "IN" => {}
            own if KINDS.contains(&own.to_ascii_uppercase().as_str()) => kind = own.to_ascii_uppercase(),
            own if own.starts_with(['+', '@']) => {}
            own if own.starts_with('-') => {
                let why = format!(
                    "dig: ECS Lab does not simulate {own}; dig takes +short, a name and A, AAAA, CNAME or SRV\n"
                );
                return Output::fail(1, why);
            }
            own if name.is_none() => name = Some(own.trim_end_matches('.')),
            own => return Output::fail(1, format!("dig: ECS Lab asks for one name, and {own} is another\n")),
        }
    }
    let Some(name) = name else {
        return Output::fail(1, "dig: ECS Lab: give it a name, such as NAME.NAMESPACE\n");
    };
    let found = query(shell, name, &kind);
    let hint = if found.is_none() { unresolved(shell, name) } else { String::new() };
    let records = found.as_deref().unwrap_or_default();
    let stdout = match short {
        true => records.iter().map(|own| format!("{}\n", own.value)).collect(),
        false => whole(shell, name, &kind, records, found.is_some()),
    };
    Output { stderr: hint, ..Output::print(stdout) }
}

/// What a resolver answers; none for a name that there is not.
fn query(shell: &Shell<'_>, name: &str, kind: &str) -> Option<Vec<Record>> {
    let world = shell.lab.world();
    let here = place(shell.terminal);
    let private = || world.servicediscovery().query(world.vpc_of(here), name, kind);
    if let Some(found) = (here != Place::Home).then(private).flatten() {
        return Some(found);
    }
    let own = of_aws(name);
    let found = if own.is_empty() { world.addresses(here, name) } else { own };
    let record = |value: String| Record {
        name: format!("{name}."),
        kind: kind.to_string(),
        ttl: TTL,
        value,
        instance: None,
        weighted: false,
        healthy: true,
    };
    if found.is_empty() || network::ipv4(name).is_some() {
        return None;
    }
    let kind_of = |address: &String| if address.contains(':') { "AAAA" } else { "A" };
    Some(found.into_iter().filter(|own| kind_of(own) == kind).map(record).collect())
}

fn whole(shell: &Shell<'_>, name: &str, kind: &str, records: &[Record], known: bool) -> String {
    let now = shell.lab.now();
    let (weekday, month) = day(now);
    let civil = now.civil();
    let (here, world) = (place(shell.terminal), shell.lab.world());
    let [a, b, c, d] = match here {
        Place::Home => [127, 0, 0, 53],
        here => world.ec2().network().resolver(world.vpc_of(here)),
    };
    let server = format!("{a}.{b}.{c}.{d}");
    let answers: String =
        records.iter().map(|own| format!("{}\t{}\tIN\t{}\t{}\n", own.name, own.ttl, own.kind, own.value)).collect();
    let section = if answers.is_empty() { String::new() } else { format!(";; ANSWER SECTION:\n{answers}\n") };
    format!(
        "\n; <<>> DiG <<>> {name} {kind}\n;; global options: +cmd\n;; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: {}, \
         id: 1\n;; flags: qr rd ra; QUERY: 1, ANSWER: {}, AUTHORITY: 0, ADDITIONAL: 0\n\n;; QUESTION \
         SECTION:\n;{name}.\t\tIN\t{kind}\n\n{section};; Query time: 0 msec\n;; SERVER: {server}#53({server})\n;; WHEN: \
         {weekday} {month} {:02} {} UTC {}\n\n",
        if known { "NOERROR" } else { "NXDOMAIN" },
        records.len(),
        civil.day,
        now.clock(),
        civil.year,
    )
}
