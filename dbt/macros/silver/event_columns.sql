{# Columns that only some topics measure: a like lasts no time. #}
{% macro measured_columns(topic) -%}
  {{ return(['liked'] if topic == 'likes' else ['duration', 'skipped', 'is_stream']) }}
{%- endmacro %}

{# The columns of an event table of silver, in order: those that every topic has, and between them
   the topic's own. #}
{% macro event_columns(topic) -%}
{%- set columns = [
  'event_id', 'play_id', 'user_id', 'track_id', 'track', 'artist', 'artist_key', 'album', 'genre',
  'timestamp', 'ended_at', 'day',
] + measured_columns(topic) + [
  'is_private', 'device', 'source', 'track_duration', 'country', 'shuffle', 'offline',
  'reason_start', 'reason_end', 'session_id', 'late', 'lateness_seconds', '_extra', '_partition',
  '_offset', '_received_at', '_ingested_at', '_commit_version', '_rewritten', '_silver_version',
] -%}
{{ columns | join(',\n  ') }}
{%- endmacro %}
