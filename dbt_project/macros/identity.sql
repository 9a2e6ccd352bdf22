{# The rules of identity. #}

{# Kinds that stand for a person; a cookie, a device or an order may be used by several. #}
{% macro personal_kinds() %}
  {{ return(['account', 'email', 'login', 'phone']) }}
{% endmacro %}

{# At most so many tokens of one personal kind may be seen with a token of this kind: more, and it is a switchboard,
   a shared mailbox or a placeholder. Cookies and devices have a stricter rule: see int_identity_capped. #}
{% macro identity_caps() %}
  {{ return(var('identity_caps', {'phone': 5, 'email': 5, 'account': 50, 'login': 50, 'order': 50})) }}
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
