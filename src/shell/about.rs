//! Who one is and where: `whoami`, `id`, `hostname`, `uname`, and the manual.
//!
//! The prompt is that of an Amazon Linux 2023 host by name and version, which is the lab's choice.

use super::exec::Shell;
use super::terminal::Output;
use super::{aws, docker};
use crate::ec2::network;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The commands of this file.
pub(super) const NAMES: [&str; 5] = ["hostname", "id", "man", "uname", "whoami"];

/// The name of the host at home.
pub(super) const HOST: &str = "ecs-lab";
/// The version of the kernel.
pub(super) const RELEASE: &str = "6.1.158-180.294.amzn2023.x86_64";
const BUILT: &str = "#1 SMP PREEMPT_DYNAMIC";
/// The machine.
pub(super) const MACHINE: &str = "x86_64";

/// What tells programs the system of a host, as Amazon Linux 2023 has it.
pub(super) const SYSTEM: (&str, &str) = (
    "/etc/os-release",
    "NAME=\"Amazon Linux\"\nVERSION=\"2023\"\nID=\"amzn\"\nID_LIKE=\"fedora\"\nVERSION_ID=\"2023\"\nPLATFORM_ID=\"platform:al2023\"\n\
     PRETTY_NAME=\"Amazon Linux 2023.9.20251208\"\nANSI_COLOR=\"0;33\"\nCPE_NAME=\"cpe:2.3:o:amazon:amazon_linux:2023\"\n\
     HOME_URL=\"https://aws.amazon.com/linux/amazon-linux-2023/\"\nDOCUMENTATION_URL=\"https://docs.aws.amazon.com/linux/\"\n\
     SUPPORT_URL=\"https://aws.amazon.com/premiumsupport/\"\nBUG_REPORT_URL=\"https://github.com/amazonlinux/amazon-linux-2023\"\n\
     VENDOR_NAME=\"AWS\"\nVENDOR_URL=\"https://aws.amazon.com/\"\nSUPPORT_END=\"2029-06-30\"\n",
);

/// Answers one of these commands; none for another.
pub(super) fn run(shell: &mut Shell<'_>, name: &str, words: &[String]) -> Option<Output> {
    Some(match name {
        "whoami" if words.is_empty() => Output::print(format!("{}\n", user(shell))),
        "id" if words.is_empty() => Output::print(match user(shell) {
            "root" => "uid=0(root) gid=0(root) groups=0(root)\n".to_string(),
            user => format!("uid=1000({user}) gid=1000({user}) groups=1000({user}),10(wheel)\n"),
        }),
        "hostname" if words.is_empty() => Output::print(format!("{}\n", host(shell))),
        "uname" => uname(shell, words),
        "man" => manual(shell, words),
        "whoami" | "id" | "hostname" => {
            Output::fail(1, format!("{name}: ECS Lab knows {name} alone, without {}\n", words.join(" ")))
        }
        _ => return None,
    })
}

/// As whom commands run: in a container as root.
pub(super) fn user(shell: &Shell<'_>) -> &'static str {
    if shell.terminal.inside.is_some() { "root" } else { "ec2-user" }
}

/// The host at which the prompt stands.
pub(super) fn host(shell: &Shell<'_>) -> String {
    match (&shell.terminal.inside, &shell.terminal.visit) {
        (Some(inside), _) => inside.host().to_string(),
        (None, Some(visit)) => {
            let address = visit.host().trim_start_matches("ip-").replace('-', ".");
            network::private_name(&shell.lab.start().region, &address)
        }
        (None, None) => HOST.to_string(),
    }
}

fn uname(shell: &Shell<'_>, words: &[String]) -> Output {
    let mut asked = String::new();
    for word in words {
        match word.strip_prefix('-').filter(|own| own.chars().all(|sign| "asnrvmpio".contains(sign))) {
            Some(letters) => asked.push_str(letters),
            None => {
                let told = format!("uname: extra operand '{word}'\nTry 'uname --help' for more information.\n");
                return Output::fail(1, told);
            }
        }
    }
    let asked = if asked.is_empty() { "s" } else { &asked };
    let whole = asked.contains('a');
    let host = host(shell);
    let parts = [
        ('s', "Linux"),
        ('n', &host),
        ('r', RELEASE),
        ('v', BUILT),
        ('m', MACHINE),
        ('p', MACHINE),
        ('i', MACHINE),
        ('o', "GNU/Linux"),
    ];
    let shown = parts.iter().filter(|(sign, _)| whole || asked.contains(*sign)).map(|(_, text)| *text);
    Output::print(shown.collect::<Vec<_>>().join(" ") + "\n")
}

/// The manual: `man aws` is `aws help`, `man aws-ecs` is `aws ecs help`.
fn manual(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let Some(page) = words.iter().rfind(|word| !word.chars().all(|sign| sign.is_ascii_digit())) else {
        return Output::fail(1, "What manual page do you want?\nFor example, try 'man aws'.\n");
    };
    let mut parts = page.split('-');
    let help = ["help".to_string()];
    match parts.next() {
        Some("aws") => {
            let service: Vec<String> = page.strip_prefix("aws-").map(String::from).into_iter().chain(help).collect();
            aws::run(shell, &service, "")
        }
        Some("docker") if parts.next().is_none() => docker::run(shell, &help, ""),
        _ => Output::fail(16, format!("No manual entry for {page}\n")),
    }
}
