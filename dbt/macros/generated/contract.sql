{# Generated from contracts/ by `npm run generate`. Do not edit. #}

{# Columns of a lake table's data files as [name, type], in the order of the contract. #}
{% macro lake_columns(table) -%}
  {{ return({
    'plays': [
      ['event_id', 'varchar'],
      ['play_id', 'varchar'],
      ['user_id', 'varchar'],
      ['track_id', 'varchar'],
      ['track', 'varchar'],
      ['artist', 'varchar'],
      ['timestamp', 'timestamptz'],
      ['device', 'varchar'],
      ['source', 'varchar'],
      ['duration', 'bigint'],
      ['skipped', 'boolean'],
      ['album', 'varchar'],
      ['track_duration', 'bigint'],
      ['country', 'varchar'],
      ['shuffle', 'boolean'],
      ['offline', 'boolean'],
      ['private', 'boolean'],
      ['reason_start', 'varchar'],
      ['reason_end', 'varchar'],
      ['session_id', 'varchar'],
      ['genre', 'varchar'],
      ['_extra', 'varchar'],
      ['_topic', 'varchar'],
      ['_partition', 'integer'],
      ['_offset', 'bigint'],
      ['_received_at', 'timestamptz'],
      ['_ingested_at', 'timestamptz'],
    ],
    'skips': [
      ['event_id', 'varchar'],
      ['play_id', 'varchar'],
      ['user_id', 'varchar'],
      ['track_id', 'varchar'],
      ['track', 'varchar'],
      ['artist', 'varchar'],
      ['timestamp', 'timestamptz'],
      ['device', 'varchar'],
      ['source', 'varchar'],
      ['duration', 'bigint'],
      ['skipped', 'boolean'],
      ['album', 'varchar'],
      ['track_duration', 'bigint'],
      ['country', 'varchar'],
      ['shuffle', 'boolean'],
      ['offline', 'boolean'],
      ['private', 'boolean'],
      ['reason_start', 'varchar'],
      ['reason_end', 'varchar'],
      ['session_id', 'varchar'],
      ['genre', 'varchar'],
      ['_extra', 'varchar'],
      ['_topic', 'varchar'],
      ['_partition', 'integer'],
      ['_offset', 'bigint'],
      ['_received_at', 'timestamptz'],
      ['_ingested_at', 'timestamptz'],
    ],
    'likes': [
      ['event_id', 'varchar'],
      ['play_id', 'varchar'],
      ['user_id', 'varchar'],
      ['track_id', 'varchar'],
      ['track', 'varchar'],
      ['artist', 'varchar'],
      ['timestamp', 'timestamptz'],
      ['device', 'varchar'],
      ['source', 'varchar'],
      ['liked', 'boolean'],
      ['album', 'varchar'],
      ['track_duration', 'bigint'],
      ['country', 'varchar'],
      ['shuffle', 'boolean'],
      ['offline', 'boolean'],
      ['private', 'boolean'],
      ['reason_start', 'varchar'],
      ['reason_end', 'varchar'],
      ['session_id', 'varchar'],
      ['genre', 'varchar'],
      ['_extra', 'varchar'],
      ['_topic', 'varchar'],
      ['_partition', 'integer'],
      ['_offset', 'bigint'],
      ['_received_at', 'timestamptz'],
      ['_ingested_at', 'timestamptz'],
    ],
    'dead_letters': [
      ['dead_letter_id', 'varchar'],
      ['code', 'varchar'],
      ['field', 'varchar'],
      ['message', 'varchar'],
      ['origin_topic', 'varchar'],
      ['origin_partition', 'integer'],
      ['origin_offset', 'bigint'],
      ['origin_key', 'varchar'],
      ['received_at', 'timestamptz'],
      ['raw', 'varchar'],
      ['raw_encoding', 'varchar'],
      ['_ingested_at', 'timestamptz'],
    ],
  }[table]) }}
{%- endmacro %}

{# Partition columns of every lake table as [name, type]: the hour of receipt. #}
{% macro lake_partition_columns() -%}
  {{ return([
    ['year', 'integer'],
    ['month', 'integer'],
    ['day', 'integer'],
    ['hour', 'integer'],
  ]) }}
{%- endmacro %}

{# A relation without rows that has every column of a lake table. #}
{% macro empty_lake_table(table) -%}
select
  {% for name, type in lake_columns(table) + lake_partition_columns() -%}
  cast(null as {{ type }}) as {{ name }}{{ "," if not loop.last }}
  {% endfor -%}
where 1 = 0
{%- endmacro %}

{# Values that the contract allows in a column. #}
{% macro contract_values(column) -%}
  {{ return({
    'device': ['mobile', 'desktop', 'web', 'speaker', 'car', 'tv', 'console', 'unknown'],
    'source': ['simulator', 'spotify_api', 'spotify_export', 'listenbrainz_export', 'lastfm_export'],
  }[column]) }}
{%- endmacro %}
