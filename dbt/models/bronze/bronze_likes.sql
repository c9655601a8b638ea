-- Generated from contracts/ by `npm run generate`. Do not edit.
{{ lake_table('likes') }}
