//! `ssh`: an instance of the fleet at the prompt, with the little that the lab knows of it: what its agent is configured
//! to (1.4), the agent as a unit of systemd, and what its docker runs and holds.
//!
//! The agent reads its file when it starts, so that a line that is written there counts from `systemctl restart ecs` on.

pub(super) mod logs;
mod unit;

pub(super) use unit::words as unit_words;

use super::about::SYSTEM;
use super::exec::Shell;
use super::files::Files;
use super::terminal::{HOME, Output, Terminal};
use crate::aws::arn::short_name;
use crate::ec2::{Instance, State, network};
use crate::ecs::{ContainerInstance, InstanceStatus, config};
use crate::event::{Ec2Id, MachineId};
use crate::lab::Lab;
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The agent's configuration.
const CONFIG: &str = "/etc/ecs/ecs.config";

/// As what the agent registered (CI-24).
const CHECKPOINT: &str = "/var/lib/ecs/data/agent.db";

/// The files of an instance, as somebody left them.
#[derive(Clone, Default)]
pub(super) struct Disk {
    files: Files,
    /// What the agent read at its last start.
    read: String,
    /// Whether the agent's checkpoint was written.
    saved: bool,
}

/// The prompt is on an instance: whose it is, and what it left at home.
#[derive(Clone)]
pub(super) struct Visit {
    id: Ec2Id,
    /// The host's own name.
    host: String,
    /// The name that the learner called it by.
    called: String,
    read: String,
    saved: bool,
    home: Files,
    directory: String,
    /// Where the lab stood when the files were held against it.
    seen: (u32, SimTime),
}

impl Visit {
    /// The name of the host.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    /// The prompt without its sign.
    pub(super) fn place(&self, directory: &str) -> String {
        format!("[ec2-user@{} {directory}]", self.host)
    }
}

/// What the agent's file holds, as user data and `lab agent` wrote it.
fn written(instance: &Instance) -> String {
    config::settings(&instance.user_data).map(|(key, value)| format!("{key}={value}\n")).collect()
}

/// As what an instance is registered.
fn registered(lab: &Lab, id: Ec2Id) -> Option<&ContainerInstance> {
    let ecs = lab.world().ecs();
    let fits = |own: &&ContainerInstance| own.machine == MachineId::Ec2(id) && own.status != InstanceStatus::Inactive;
    ecs.clusters().find_map(|cluster| ecs.instances(cluster.id).find(fits))
}

/// The instance at which the prompt stands.
pub(super) fn id(terminal: &Terminal) -> Option<Ec2Id> {
    terminal.visit.as_ref().map(|own| own.id)
}

/// As what the instance at which the prompt stands is registered.
pub(super) fn here<'a>(shell: &'a Shell<'_>) -> Option<&'a ContainerInstance> {
    registered(shell.lab, shell.terminal.visit.as_ref()?.id)
}

/// Names by which an instance can be called: its id, its addresses, its tag Name, its container instance.
fn called(lab: &Lab, instance: &Instance, name: &str) -> bool {
    let host = host(instance);
    let dns = name.strip_suffix(".ec2.internal").or_else(|| name.strip_suffix(".compute.internal")).unwrap_or(name);
    let dns = dns.split('.').next().unwrap_or(dns);
    name == instance.id.to_string()
        || name == instance.private_ip
        || dns == host
        || instance
            .public_ip()
            .is_some_and(|own| own == name || network::public_name(&lab.start().region, &own) == name)
        || instance.tags.iter().any(|(key, value)| key == "Name" && value == name)
        || registered(lab, instance.id).is_some_and(|own| own.key.id.to_string() == short_name(name))
}

fn host(instance: &Instance) -> String {
    format!("ip-{}", instance.private_ip.replace('.', "-"))
}

/// The names that `ssh` takes, for completion.
pub(super) fn names(lab: &Lab) -> Vec<String> {
    let mut all = Vec::new();
    for own in lab.world().ec2().iter().filter(|own| own.state == State::Running) {
        all.push(own.id.to_string());
        all.extend(own.tags.iter().filter(|(key, _)| key == "Name").map(|(_, name)| name.clone()));
    }
    all
}

/// `ssh [options] [ec2-user@]NAME [COMMAND …]`.
pub(super) fn ssh(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let (mut rest, mut target) = (words.iter(), None);
    while let Some(word) = rest.next() {
        match word.as_str() {
            "-i" | "-l" | "-o" | "-p" => drop(rest.next()),
            flag if flag.starts_with('-') => {}
            name => {
                target = Some(name);
                break;
            }
        }
    }
    let Some(target) = target else {
        return Output::fail(255, "usage: ssh [-i identity_file] [user@]hostname [command]\n");
    };
    let (user, name) = target.split_once('@').unwrap_or(("ec2-user", target));
    let words: Vec<&str> = rest.map(String::as_str).collect();
    let enters = |shell: &mut Shell<'_>| enter(shell, user, name).map_err(|why| Output::fail(255, why + "\n"));
    if words.is_empty() {
        return enters(shell).err().unwrap_or_default();
    }
    shell.elsewhere(|shell| {
        if let Err(output) = enters(shell) {
            return output;
        }
        let output = shell.run(&words.join(" "));
        leave(shell.terminal);
        output
    })
}

fn enter(shell: &mut Shell<'_>, user: &str, name: &str) -> Result<(), String> {
    if shell.terminal.visit.is_some() {
        return Err("ECS Lab: this is an instance; exit leaves it before another one is entered".to_string());
    }
    let lab = &*shell.lab;
    let all: Vec<&Instance> = lab.world().ec2().iter().filter(|own| called(lab, own, name)).collect();
    let Some(instance) = all.iter().find(|own| own.state == State::Running).or(all.first()) else {
        return Err(match name.starts_with("mi-") {
            true => format!("ECS Lab: of {name}, which is no EC2 instance, the lab knows what it registered alone"),
            false => format!("ssh: Could not resolve hostname {name}: Name or service not known"),
        });
    };
    if instance.state != State::Running {
        return Err(format!("ssh: connect to host {name} port 22: Connection timed out"));
    }
    if instance.is_windows() {
        return Err(format!("ssh: connect to host {name} port 22: Connection refused"));
    }
    if instance.bottlerocket().is_some() {
        return Err(format!(
            "ssh: connect to host {name} port 22: Connection refused\nECS Lab: Bottlerocket has no SSH server and no shell of its own; \
             its control and admin containers are not simulated"
        ));
    }
    if user != "ec2-user" {
        return Err(format!("{user}@{name}: Permission denied (publickey,gssapi-keyex,gssapi-with-mic)."));
    }
    let (id, host, called) = (instance.id, host(instance), name.to_string());
    let disk = match shell.terminal.disks.remove(&id) {
        Some(disk) => disk,
        None => {
            let mut files = Files::at(shell.terminal.files.now);
            for directory in [HOME, "/etc/ecs", "/tmp", "/var/lib/ecs/data", logs::FOLDER] {
                files.make(directory);
            }
            // Small files fit.
            for (path, text) in [(CONFIG, written(instance)), (SYSTEM.0, SYSTEM.1.to_string())] {
                let _ = files.write(path, text);
            }
            Disk { files, read: written(instance), saved: false }
        }
    };
    let terminal = &mut *shell.terminal;
    let home = core::mem::replace(&mut terminal.files, disk.files);
    let directory = core::mem::replace(&mut terminal.directory, HOME.to_string());
    terminal.visit = Some(Visit {
        id,
        host,
        called,
        read: disk.read,
        saved: disk.saved,
        home,
        directory,
        seen: (0, shell.lab.now()),
    });
    follow(terminal, shell.lab);
    Ok(())
}

/// Goes home.
fn leave(terminal: &mut Terminal) {
    let Some(visit) = terminal.visit.take() else { return };
    let files = core::mem::replace(&mut terminal.files, visit.home);
    terminal.directory = visit.directory;
    terminal.disks.insert(visit.id, Disk { files, read: visit.read, saved: visit.saved });
}

/// Holds the instance's files against the lab, which may have gone on or back; false when the instance is gone.
fn follow(terminal: &mut Terminal, lab: &Lab) -> bool {
    let Some(visit) = &mut terminal.visit else { return true };
    let Some(own) = lab.world().ec2().get(visit.id).filter(|own| own.state == State::Running) else { return false };
    let now = written(own);
    if visit.read != now {
        visit.read = now.clone();
        // A small file fits, here and below.
        let _ = terminal.files.write(CONFIG, now);
    }
    let saved = lab.world().ecs().is_registered(visit.id);
    if saved && !visit.saved {
        let _ = terminal.files.write(CHECKPOINT, String::new());
    } else if !saved {
        terminal.files.remove(CHECKPOINT);
    }
    visit.saved = saved;
    visit.seen = (lab.revision(), lab.now());
    if own.has_agent() {
        logs::lay(&mut terminal.files, lab, own.id);
    }
    true
}

/// Before a line: what is told when the instance is gone.
pub(super) fn lost(terminal: &mut Terminal, lab: &Lab) -> Option<Output> {
    if follow(terminal, lab) {
        return None;
    }
    let called = terminal.visit.as_ref().map(|own| own.called.clone()).unwrap_or_default();
    leave(terminal);
    Some(Output::fail(255, format!("client_loop: send disconnect: Broken pipe\nConnection to {called} closed.\n")))
}

/// Answers a command on an instance; none for those that are the same everywhere.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String], input: &str) -> Option<Output> {
    let visit = shell.terminal.visit.as_ref()?;
    if visit.seen != (shell.lab.revision(), shell.lab.now()) {
        follow(shell.terminal, shell.lab);
    }
    let visit = shell.terminal.visit.as_ref()?;
    Some(match name {
        "exit" | "logout" => {
            let told = format!("logout\nConnection to {} closed.\n", visit.called);
            leave(shell.terminal);
            Output::print(told)
        }
        "docker" => super::docker::host::run(shell, words, input),
        "systemctl" => unit::systemctl(shell, words),
        "service" => {
            let turned: Vec<String> = words.iter().rev().cloned().collect();
            unit::systemctl(shell, &turned)
        }
        "aws" => Output::fail(127, "ECS Lab: the AWS CLI is at home, where exit leads, and not on the instance\n"),
        _ => return None,
    })
}
