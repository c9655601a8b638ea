-- The database, and one schema for each layer. Tables that dbt makes are transient: they can be built anew.
create database if not exists <% database %>
  data_retention_time_in_days = 1
  comment = 'Tonearm: listening events';

create schema if not exists <% database %>.lake
  comment = 'External tables over the lake, and the list of its files';
create schema if not exists <% database %>.bronze comment = 'Raw events as received';
create schema if not exists <% database %>.staging comment = 'Between bronze and silver; rebuilt each run';
create schema if not exists <% database %>.silver comment = 'Typed, deduplicated, validated';
create schema if not exists <% database %>.gold comment = 'What is shown';
