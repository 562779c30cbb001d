/**
 * Built-in functions that read nothing but their arguments and change nothing. Any other function,
 * the user's own among them, may do anything. Names that PostgreSQL and SQLite share, then each.
 */
const SHARED =
  "abs avg ceil ceiling char_length coalesce concat concat_ws count current_date current_time current_timestamp date exp floor format greatest group_concat ifnull instr json_array json_array_length json_object least length ln log lower ltrim max min mod nullif octet_length pi pow power random replace round row_number rank dense_rank lag lead first_value last_value nth_value ntile percent_rank cume_dist rtrim sign sqrt string_agg substr substring sum trim trunc upper";

export const POSTGRESQL_FUNCTIONS: ReadonlySet<string> = new Set(
  `${SHARED} age array_agg array_append array_cat array_length array_position array_remove array_to_string array_upper array_lower ascii bit_and bit_or bit_length bool_and bool_or btrim cardinality cbrt chr clock_timestamp corr covar_pop covar_samp date_bin date_part date_trunc degrees div encode decode every extract factorial gcd gen_random_uuid initcap isfinite json_agg json_build_array json_build_object json_object_agg json_extract_path json_extract_path_text json_typeof jsonb_agg jsonb_array_length jsonb_build_array jsonb_build_object jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_set jsonb_strip_nulls jsonb_typeof to_json to_jsonb justify_days justify_hours justify_interval lcm left lpad make_date make_interval make_time make_timestamp md5 mode now numnonnulls numnulls overlay percentile_cont percentile_disc position quote_ident quote_literal quote_nullable radians regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace regexp_split_to_array regexp_split_to_table regexp_substr regr_slope repeat reverse right row_to_json rpad sha224 sha256 sha384 sha512 split_part starts_with statement_timestamp stddev stddev_pop stddev_samp strpos string_to_array string_to_table timezone to_char to_date to_hex to_number to_timestamp transaction_timestamp translate unnest var_pop var_samp variance version width_bucket generate_series generate_subscripts json_array_elements json_array_elements_text json_each json_each_text json_object_keys jsonb_array_elements jsonb_array_elements_text jsonb_each jsonb_each_text jsonb_object_keys jsonb_path_exists jsonb_path_query num_nulls num_nonnulls localtime localtimestamp current_user like_escape ilike similar_to_escape pg_typeof pg_size_pretty xmlagg`.split(
    " ",
  ),
);

export const SQLITE_FUNCTIONS: ReadonlySet<string> = new Set(
  `${SHARED} acos asin atan atan2 changes cos datetime degrees glob hex iif json json_each json_extract json_group_array json_group_object json_insert json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid julianday last_insert_rowid likelihood likely max median min nullif printf quote radians randomblob sin sqlite_version strftime tan time timediff total total_changes typeof unhex unicode unixepoch unlikely zeroblob`.split(
    " ",
  ),
);
