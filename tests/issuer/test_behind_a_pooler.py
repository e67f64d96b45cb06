"""The register behind a real PgBouncer: rows once, held rows, places one after another, upgrades that fail as a whole."""

from tests.issuer.test_clock import test_a_seal_made_in_the_second_of_a_publication_is_not_called_revoked
from tests.issuer.test_database import (
    test_a_step_that_fails_leaves_the_register_as_it_was,
    test_an_older_register_is_refused_by_all_but_upgrade_which_says_what_it_does,
)
from tests.issuer.test_exactly_once import (
    pool,
    test_a_held_row_is_accepted_once_or_dismissed_for_good,
    test_places_are_given_one_after_another,
    test_repeated_rows_are_duplicates_in_one_batch_and_across_batches,
)
from tests.issuer.test_following import test_what_changed_is_published_and_nothing_else
from tests.pooled import database_url, pooler

__all__ = [
    "database_url",
    "pool",
    "pooler",
    "test_a_held_row_is_accepted_once_or_dismissed_for_good",
    "test_a_seal_made_in_the_second_of_a_publication_is_not_called_revoked",
    "test_a_step_that_fails_leaves_the_register_as_it_was",
    "test_an_older_register_is_refused_by_all_but_upgrade_which_says_what_it_does",
    "test_places_are_given_one_after_another",
    "test_repeated_rows_are_duplicates_in_one_batch_and_across_batches",
    "test_what_changed_is_published_and_nothing_else",
]
