//! How the CPU of one host divides over the tasks that want it (3.6): the kernel's shares. Pure.

/// What one task wants of its host.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Claim {
    /// CPU units that it could use.
    pub wants: f64,
    /// Its CPU shares.
    pub shares: f64,
    /// What it gets.
    pub gets: f64,
}

/// Nobody gets more than they want; who wants more than their share gets it from what the others leave, by shares.
pub fn divide(total: f64, claims: &mut [Claim]) {
    let mut left = total;
    for claim in claims.iter_mut() {
        claim.gets = -1.0;
    }
    loop {
        let open = |claim: &Claim| claim.gets < 0.0;
        let shares: f64 = claims.iter().filter(|claim| open(claim)).map(|claim| claim.shares).sum();
        let each = if shares > 0.0 { left / shares } else { 0.0 };
        let mut changed = false;
        for claim in claims.iter_mut().filter(|claim| open(claim) && claim.wants <= each * claim.shares) {
            claim.gets = claim.wants;
            left -= claim.wants;
            changed = true;
        }
        if !changed {
            claims.iter_mut().filter(|claim| open(claim)).for_each(|claim| claim.gets = each * claim.shares);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    /// 3.6: 1-vCPU host, A with 512 and B with 256 shares; CD-12: who says 0 has two shares.
    #[test]
    fn cd_12_and_3_6_shares_count_only_when_cpu_is_short() {
        type Wants = &'static [(f64, f64)];
        let cases: [(Wants, &[f64]); 6] = [
            (&[(1024.0, 512.0), (1024.0, 256.0)], &[2048.0 / 3.0, 1024.0 / 3.0]),
            (&[(1024.0, 512.0), (0.0, 256.0)], &[1024.0, 0.0]),
            (&[(256.0, 512.0), (1024.0, 256.0)], &[256.0, 768.0]),
            (&[(100.0, 1.0), (100.0, 1000.0)], &[100.0, 100.0]),
            (&[(1024.0, 2.0), (1024.0, 1022.0)], &[2.0, 1022.0]),
            (&[], &[]),
        ];
        for (wants, gets) in cases {
            let mut claims: Vec<Claim> =
                wants.iter().map(|(wants, shares)| Claim { wants: *wants, shares: *shares, gets: 0.0 }).collect();
            divide(1024.0, &mut claims);
            let close = claims.iter().zip(gets).all(|(claim, gets)| (claim.gets - gets).abs() < 1e-9);
            assert!(close, "{wants:?}: {claims:?}");
        }
    }
}
