//! One test binary: a file for each behaviour that a user could name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::too_many_lines)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss
)]

mod agent;
mod answering;
mod attacks;
mod audit_acts;
mod audit_bundle;
mod audit_log;
mod audit_receipts;
mod audit_watch;
mod auditing;
mod bit_flips;
mod bombs;
mod byzantine;
mod cli;
mod cms;
mod corpus;
mod counter_day;
mod crash;
mod crash_steps;
mod csc;
mod csc_client;
mod csc_keys;
mod custodians;
mod daily_reports;
mod deferred;
mod fees;
mod floors;
mod foreign_currency;
mod found_by_fuzzing;
mod hostile_log;
mod http;
mod http_access;
mod http_authority;
mod http_deferred;
mod http_limits;
mod http_log;
mod http_pages;
mod interop;
mod key_control;
mod key_pins;
mod key_shifts;
mod large_lists;
mod legacy_receipts;
mod levels;
mod levels_extended;
mod levels_refused;
mod long_term;
mod made;
mod mail_server;
mod net_http;
mod net_status;
mod net_tsp;
mod office;
mod openssl;
mod pdf_reading;
mod pki_init;
mod pkits;
mod processes;
mod program;
mod receipt_documents;
mod receipt_life;
mod receipt_mail;
mod receipt_papers;
mod receipt_reports;
mod receipt_search;
mod receipt_tampering;
mod receipts_at_random;
mod registry;
mod reports;
mod revocation;
mod room;
mod server;
mod signing;
mod steps;
mod time_stamps;
mod token_contents;
mod tokens;
mod trust_services;
mod trusted_list;
mod tsa_access;
mod verapdf;
mod verify;
mod verify_online;
mod vietnamese;
mod witnesses;
mod xml_levels;
mod xml_signature;
