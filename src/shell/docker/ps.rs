//! `docker ps`: containers listed, filtered and put into templates.

use super::containers::{short, tidied};
use super::host::{shortened, up};
use super::show::{ago, columns, formatted, made_at};
use super::view::status;
use super::{Output, daemon, options, value};
use crate::shell::exec::Shell;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A container as it is listed.
pub(super) struct Row {
    pub(super) id: String,
    pub(super) image: String,
    pub(super) command: String,
    pub(super) made: SimTime,
    pub(super) status: String,
    /// `running` or `exited`.
    pub(super) state: &'static str,
    pub(super) code: Option<u8>,
    pub(super) ports: String,
    pub(super) name: String,
}

/// The columns: the name that templates have for each, and its header.
const COLUMNS: [(&str, &str); 9] = [
    ("ID", "CONTAINER ID"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("RunningFor", "CREATED"),
    ("Status", "STATUS"),
    ("Ports", "PORTS"),
    ("Names", "NAMES"),
    ("CreatedAt", "CREATED AT"),
    ("State", "STATE"),
];

/// Of the prompt's own host.
pub(super) fn run(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let now = tidied(shell);
    let own = shell.terminal.docker.containers.iter().rev();
    let rows = own.map(|own| {
        let ended = own.ended(now);
        let port = |(host, inner): &(u16, u16)| format!("0.0.0.0:{host}->{inner}/tcp");
        let exposed = own.config["ExposedPorts"].as_object().into_iter().flatten().map(|(port, _)| port);
        let closed = exposed.filter(|port| own.ports.iter().all(|(_, inner)| **port != format!("{inner}/tcp")));
        let ports: Vec<String> = own.ports.iter().map(port).chain(closed.cloned()).collect();
        Row {
            id: own.id.clone(),
            image: own.image.clone(),
            command: own.invocation().join(" "),
            made: own.made,
            status: match ended {
                Some((at, code)) => format!("Exited ({code}) {}", ago(at, now)),
                None => up(own.since, now, ""),
            },
            state: status(shell, own),
            code: ended.map(|(_, code)| code),
            ports: if ended.is_none() { ports.join(", ") } else { String::new() },
            name: own.name.clone(),
        }
    });
    let rows = rows.collect();
    listed(rows, words, now).unwrap_or_else(|output| output)
}

/// The rows that a command line asks for, of all, the newest first.
///
/// # Errors
/// An option, a filter or a template that docker does not take.
pub(super) fn listed(mut rows: Vec<Row>, words: &[String], now: SimTime) -> Result<Output, Output> {
    let (given, _) = options("ps", words)?;
    let has = |name: &str| value(&given, name).is_some();
    let filters: Vec<&str> = given.iter().filter(|(name, _)| name == "--filter").map(|(_, own)| own.as_str()).collect();
    let last = value(&given, "--last").and_then(|most| most.parse().ok());
    let last = if has("--latest") { Some(1) } else { last };
    let by_state = filters.iter().any(|filter| filter.starts_with("status=") || filter.starts_with("exited="));
    if !has("--all") && last.is_none() && !by_state {
        rows.retain(|row| row.code.is_none());
    }
    for filter in filters {
        let (name, wanted) = filter.split_once('=').ok_or_else(|| {
            Output::fail(
                125,
                format!("invalid argument \"{filter}\" for \"-f, --filter\" flag: invalid filter '{filter}'\n"),
            )
        })?;
        match name {
            "id" => rows.retain(|row| row.id.starts_with(wanted)),
            "name" => rows.retain(|row| row.name.contains(wanted.trim_start_matches('/'))),
            "status" => rows.retain(|row| row.state == wanted),
            "exited" => rows.retain(|row| row.code.is_some_and(|code| code.to_string() == wanted)),
            "ancestor" => rows.retain(|row| row.image == wanted || row.image.split([':', '@']).next() == Some(wanted)),
            "publish" | "expose" => rows.retain(|row| row.ports.contains(wanted.trim_end_matches("/tcp"))),
            "before" | "health" | "is-task" | "isolation" | "label" | "network" | "since" | "volume" => {
                return Err(Output::fail(1, format!("ECS Lab: docker ps does not filter by {name}\n")));
            }
            _ => return Err(daemon(&format!("invalid filter '{name}'"))),
        }
    }
    rows.truncate(last.unwrap_or(usize::MAX));
    let whole = has("--no-trunc");
    let cells = |row: &Row| {
        let id = if whole { row.id.as_str() } else { short(&row.id) };
        let command = if whole { format!("\"{}\"", row.command) } else { shortened(&row.command) };
        let cells = [
            id,
            &row.image,
            &command,
            &ago(row.made, now),
            &row.status,
            &row.ports,
            &row.name,
            &made_at(row.made),
            row.state,
        ];
        cells.map(ToString::to_string).to_vec()
    };
    let rows: Vec<Vec<String>> = rows.iter().map(cells).collect();
    if has("--quiet") {
        return Ok(Output::print(
            rows.iter().filter_map(|row| Some(format!("{}\n", row.first()?))).collect::<String>(),
        ));
    }
    if let Some(format) = value(&given, "--format").filter(|format| *format != "table") {
        return formatted(format, &COLUMNS, &rows)
            .map(Output::print)
            .map_err(|why| Output::fail(1, format!("{why}\n")));
    }
    let mut table = alloc::vec![COLUMNS.iter().take(7).map(|(_, header)| (*header).to_string()).collect::<Vec<_>>()];
    table.extend(rows.into_iter().map(|row| row.into_iter().take(7).collect()));
    Ok(Output::print(columns(&table)))
}
