//! Who runs which certificate log: the logs that most certificates are written to now. Logs change
//! by the half-year, so the table ages; a log that is not in it counts as an operator of its own,
//! and nobody is blamed for podprobe's age.

/// Logs by the first eight bytes of their id (SHA-256 of the key), with their operator. From the
/// keys and operators of Mozilla's list (security/ct/CTKnownLogs.h), as of October 2026.
const LOGS: &[(u64, &str)] = &[
    (0xd76d_7d10_d1a7_f577, "Google"),        // Argon2026h2
    (0xd6d5_8da9_d017_53f3, "Google"),        // Argon2027h1
    (0xd809_553b_944f_7aff, "Google"),        // Xenon2026h2
    (0x44c2_bd0c_e914_0e64, "Google"),        // Xenon2027h1
    (0xcb38_f715_897c_84a1, "Cloudflare"),    // Nimbus2026
    (0x4c63_dc98_e59c_1dab, "Cloudflare"),    // Nimbus2027
    (0xc231_7e57_4519_a345, "DigiCert"),      // Wyvern2026h2
    (0x001a_5d1a_1c2d_9375, "DigiCert"),      // Wyvern2027h1
    (0x944e_4387_faec_c1ef, "DigiCert"),      // Sphinx2026h2
    (0x46a2_3967_c60d_b646, "DigiCert"),      // Sphinx2027h1
    (0xacab_3070_6ceb_ec84, "Let's Encrypt"), // Oak2026h2
    (0x6cfe_5019_43a8_5ea9, "Let's Encrypt"), // Sycamore2026h2
    (0x8eca_470b_acde_6af3, "Let's Encrypt"), // Sycamore2027h1
    (0xa826_cbe3_0ac6_3512, "Let's Encrypt"), // Willow2026h2
    (0xa281_0018_734e_176e, "Let's Encrypt"), // Willow2027h1
    (0x94b1_c18a_b0d0_57c4, "Sectigo"),       // Mammoth2026h2
    (0xaf67_883b_57b0_4edd, "Sectigo"),       // Elephant2026h2
    (0x604c_9aaf_7a7f_775f, "Sectigo"),       // Elephant2027h1
    (0xc8a3_c47f_c7b3_adb9, "Sectigo"),       // Tiger2026h2
    (0x1c9f_682c_e9fa_f045, "Sectigo"),       // Tiger2027h1
    (0x74db_9d58_f7d4_7e9d, "TrustAsia"),     // log2026a
    (0x25b7_efde_a113_0193, "TrustAsia"),     // log2026b
    (0xedda_eb81_5c63_2134, "TrustAsia"),     // HETU2027
    (0x46af_863d_3b3e_e59f, "Geomys"),        // Tuscolo2026h2
    (0x596e_6c33_8694_b259, "Geomys"),        // Tuscolo2027h1
    (0x26e3_646e_5869_2123, "IPng Networks"), // Halloumi2026h2a
    (0x44e8_22fc_2bab_0e92, "IPng Networks"), // Halloumi2027h1
];

/// The operator of a log, where the table knows it.
pub(super) fn operator(log_id: &[u8; 32]) -> Option<&'static str> {
    let (prefix, _) = log_id.split_first_chunk::<8>()?;
    let prefix = u64::from_be_bytes(*prefix);
    LOGS.iter().find(|(known, _)| *known == prefix).map(|(_, operator)| *operator)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_log_is_known_by_its_id() {
        // Argon2026h2, as its key hashes.
        let mut id = [0; 32];
        id[..8].copy_from_slice(&[0xd7, 0x6d, 0x7d, 0x10, 0xd1, 0xa7, 0xf5, 0x77]);
        assert_eq!(operator(&id), Some("Google"));
        assert_eq!(operator(&[0; 32]), None);
        let ids: HashSet<u64> = LOGS.iter().map(|(id, _)| *id).collect();
        assert_eq!(ids.len(), LOGS.len(), "a log twice");
    }
}
