create table intermediate."int_texts" as
-- What customers wrote, as it was landed: redacted. Of a contact its subject, and each message by itself. A post that was
-- deleted is none, nor a test contact.
with texts as (

    select
        'response' as entity,
        answer_id as text_id,
        source,
        person_id,
        channel,
        aspect,
        language,
        text_redacted as text,
        answered_at as said_at
    from "intermediate"."int_answers"
    union all
    select
        'mention',
        m.source || '/' || m.source_id,
        m.source,
        p.person_id,
        'social',
        null,
        m.language,
        m.text_redacted,
        m.posted_at
    from "entities"."mentions" as m
    left join "intermediate"."int_person_tokens" as p on p.token = m.author_token
    where m.deleted_at is null or m.deleted_at >= timestamp '{as_of_at}'
    union all
    select
        'contact',
        c.source || '/' || c.source_id,
        c.source,
        p.person_id,
        c.channel,
        null,
        null,
        c.subject_redacted,
        c.opened_at
    from "entities"."contacts" as c
    left join "intermediate"."int_person_tokens" as p on p.token = c.person_token
    where coalesce(not c.is_test, true)
    union all
    select
        'message',
        e.source || '/' || e.source_id,
        e.source,
        p.person_id,
        c.channel,
        null,
        null,
        e.text_redacted,
        e.occurred_at
    from "entities"."contact_events" as e
    inner join "entities"."contacts" as c on c.source = e.source and c.source_id = e.contact_id
    left join "intermediate"."int_person_tokens" as p on p.token = e.actor_token
    where e.actor = 'customer' and coalesce(not c.is_test, true)

),

told as (

    select
        *,
        -- 'pt', 'PT-BR' and 'pt_BR' are one language
        nullif(substr(lower(trim(language)), 1, 2), '') as stated_language
    from texts
    where trim(text) <> '' and (said_at < timestamp '{as_of_at}' or said_at is null)

)

select
    entity,
    text_id,
    source,
    person_id,
    channel,
    aspect,
    text,
    coalesce(stated_language, case
        when /*engine*/ regexp_matches(text, '[一-鿿]') /*end*/ then 'zh'
        when /*engine*/ regexp_matches(' ' || lower(text) || ' ', '[ãõç]|[^a-z](não|nao|muito|muita|com|uma|para|foi|meu|minha|chegou|produto|entrega|recomendo|ainda|antes|prazo|bom|boa|ruim|tudo|mais|recebi|comprei|obrigad[oa]|nem)[^a-z]') /*end*/ then 'pt'
        else 'en'
    end) as language,
    stated_language is not null as is_language_stated,
    said_at
from told;
