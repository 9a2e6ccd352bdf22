create table marts."dim_channel_rules" as
-- The rules by which a visit gets its channel, in the order they are asked: the first that holds decides.
select
    1 as precedence,
    'email' as channel,
    'medium' as field,
    'email, e-mail, newsletter' as matches
union all
select
    1 as precedence,
    'email' as channel,
    'source' as field,
    'newsletter' as matches
union all
select
    2 as precedence,
    'sms' as channel,
    'medium' as field,
    'sms' as matches
union all
select
    3 as precedence,
    'push' as channel,
    'medium' as field,
    'push, notification' as matches
union all
select
    4 as precedence,
    'affiliate' as channel,
    'medium' as field,
    'affiliate, affiliates, partner' as matches
union all
select
    5 as precedence,
    'display' as channel,
    'medium' as field,
    'display, banner, cpm, retargeting' as matches
union all
select
    6 as precedence,
    'paid_social' as channel,
    'medium' as field,
    'paid_social, paidsocial, social_paid, social-paid' as matches
union all
select
    7 as precedence,
    'organic_social' as channel,
    'medium' as field,
    'social, organic_social, social-media' as matches
union all
select
    8 as precedence,
    'paid_search' as channel,
    'medium' as field,
    'cpc, ppc, paid_search, paidsearch, sem' as matches
union all
select
    9 as precedence,
    'organic_search' as channel,
    'medium' as field,
    'organic' as matches
union all
select
    10 as precedence,
    'referral' as channel,
    'medium' as field,
    'referral' as matches
union all
select
    11 as precedence,
    'organic_search' as channel,
    'referrer' as field,
    'google, bing, duckduckgo, yahoo, ecosia, baidu, yandex, qwant, startpage' as matches
union all
select
    12 as precedence,
    'organic_social' as channel,
    'referrer' as field,
    'facebook, instagram, linkedin, twitter, x, t, youtube, tiktok, pinterest, reddit, xing' as matches
union all
select
    13 as precedence,
    'other' as channel,
    'campaign' as field,
    'any other source or medium' as matches
union all
select
    14 as precedence,
    'referral' as channel,
    'referrer' as field,
    'any other site' as matches
union all
select
    15 as precedence,
    'direct' as channel,
    'none' as field,
    'nothing is known of where the visit came from' as matches;
