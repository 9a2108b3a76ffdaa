//! One battery of tests for both databases, and what each has of its own.

mod crash;
mod facts;
mod opening;
mod outbox;
mod samples;
mod server;
mod upkeep;

use super::Place;

/// Runs each test on a new SQLite file and on a new Postgres database.
macro_rules! battery {
    ($($module:ident::$test:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $test() {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("podprobe.db");
                super::$module::$test(&super::Place::parse(file.to_str().unwrap()).unwrap()).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $test() {
                if let Some(place) = super::server::database().await {
                    super::$module::$test(&place).await;
                }
            })*
        }
    };
}

battery![
    facts::a_commit_is_read_back_as_it_was,
    facts::a_commit_that_is_repeated_adds_nothing,
    facts::a_commit_that_was_dropped_left_all_or_nothing,
    facts::a_renewal_is_a_share_of_the_lifetime,
    facts::a_feed_has_a_version_for_each_thing_it_said,
    facts::a_finding_that_comes_back_is_another_row,
    facts::hostile_text_is_kept_and_bounded,
    facts::every_table_is_exported_page_by_page,
    outbox::messages_of_an_incident_go_in_their_order,
    outbox::what_may_go_takes_along_what_came_before,
    outbox::a_failure_waits_and_a_dead_letter_frees_the_next,
    outbox::an_outage_is_told_by_its_last_word,
    outbox::a_channel_has_its_own_queue,
    outbox::a_dead_letter_and_the_news_of_it_are_one,
    outbox::what_a_platform_limits_is_not_hastened,
    outbox::what_is_wrong_with_podprobe_is_known_until_it_ends,
    outbox::a_wish_is_there_until_it_is_fulfilled,
    outbox::a_silence_is_in_force_until_it_ends_or_is_lifted,
    outbox::what_is_released_goes_at_once_and_what_was_sent_stays,
    upkeep::hours_and_days_are_counted_once_and_right,
    upkeep::what_is_old_goes_and_what_is_needed_stays,
    upkeep::an_overview_counts_the_last_minute,
    upkeep::a_fault_has_what_was_found_and_the_spell_it_belongs_to,
    upkeep::a_show_counts_its_episodes_and_its_feed_is_counted_apart,
    opening::a_second_writer_is_refused_and_told_who_has_it,
    opening::a_reader_reads_beside_the_writer_and_writes_nothing,
    opening::a_store_of_a_newer_podprobe_is_left_alone,
    opening::numbers_are_never_given_twice,
    opening::a_session_that_is_dead_is_noticed_by_the_server,
];
