{# The rules of identity. #}

{# Kinds that stand for one person. A cookie, a device or an order may be many to one of these; a token with more
   than `identity_cap` neighbours of these kinds is shared (a kiosk, a switchboard) and joins nobody. #}
{% macro personal_kinds() %}
  {{ return(['account', 'email', 'login', 'phone']) }}
{% endmacro %}

{# Where a token of a person is seen: (entity, column, kind, time). A kind that the entity does not tell is null. #}
{% macro token_sightings() %}
  {{ return([
    ('identifiers', 'token', 'kind', 'seen_at'),
    ('identifiers', 'other_token', 'other_kind', 'seen_at'),
    ('people', 'account_token', "'account'", 'coalesce(created_at, version_at)'),
    ('accounts', 'person_account_token', "'account'", 'valid_from'),
    ('subscriptions', 'person_token', none, 'started_at'),
    ('orders', 'person_token', none, 'ordered_at'),
    ('contacts', 'person_token', none, 'opened_at'),
    ('invitations', 'person_token', none, 'sent_at'),
    ('responses', 'person_token', none, 'answered_at'),
    ('campaign_touches', 'person_token', none, 'sent_at'),
    ('consents', 'person_token', none, 'stated_at'),
    ('mentions', 'author_token', none, 'posted_at'),
    ('tasks', 'person_token', none, 'created_at'),
    ('experiment_exposures', 'unit_token', none, 'exposed_at'),
  ]) }}
{% endmacro %}

{# The public name of a person: from the token of its oldest member. #}
{% macro person_name(token) -%}
  md5('person|' || {{ token }})
{%- endmacro %}
