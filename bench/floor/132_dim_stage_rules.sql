create table marts."dim_stage_rules" as
-- The rules by which a touch has its touchpoint and its stage, in the order in which they are tried.
select
    cast(rule_number as integer) as rule_number,
    2 as rule_version,
    touchpoint,
    stage,
    kind,
    detail,
    channels,
    words
from (
    select
        0 as rule_number,
        'unclassified' as touchpoint,
        'unclassified' as stage,
        cast(null as varchar) as kind,
        cast(null as varchar) as detail,
        cast(null as varchar) as channels,
        cast(null as varchar) as words
    union all
    select 1, 'purchase', 'purchase', 'web_session', 'purchase',
        cast(null as varchar), cast(null as varchar)
    union all
    select 2, 'website', 'consideration', 'web_session', 'checkout',
        cast(null as varchar), cast(null as varchar)
    union all
    select 3, 'website', 'consideration', 'web_session', 'cart',
        cast(null as varchar), cast(null as varchar)
    union all
    select 4, 'website', 'consideration', 'web_session', 'product_view',
        cast(null as varchar), cast(null as varchar)
    union all
    select 5, 'social_page', 'awareness', 'web_session', cast(null as varchar),
        'organic_social, social, social_page', cast(null as varchar)
    union all
    select 6, 'search_result', 'awareness', 'web_session', cast(null as varchar),
        'organic_search', cast(null as varchar)
    union all
    select 7, 'advertisement', 'awareness', 'web_session', cast(null as varchar),
        'paid_search, paid_social, display, affiliate, advertisement, tv, radio, print', cast(null as varchar)
    union all
    select 8, 'website', 'awareness', 'web_session', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 9, 'purchase', 'purchase', 'order', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 10, 'free_trial', 'consideration', 'subscription', 'start',
        cast(null as varchar), 'trial|freemium'
    union all
    select 11, 'contract', 'purchase', 'subscription', 'start',
        cast(null as varchar), cast(null as varchar)
    union all
    select 12, 'contract_renewal', 'loyalty', 'subscription', 'renewal',
        cast(null as varchar), cast(null as varchar)
    union all
    select 13, 'contract_end', 'use', 'subscription', 'cancel',
        cast(null as varchar), cast(null as varchar)
    union all
    select 14, 'feedback_survey', 'use', 'response', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 15, 'review_or_post', 'loyalty', 'mention', cast(null as varchar),
        cast(null as varchar), cast(null as varchar)
    union all
    select 16, 'webinar', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 17, 'white_paper', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 18, 'free_trial', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 19, 'quote_request', 'purchase', 'web_action', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 20, 'contract', 'purchase', 'web_action', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 21, 'deployment', 'use', 'web_action', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 22, 'loyalty_programme', 'loyalty', 'web_action', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 23, 'renewal_offer', 'loyalty', 'web_action', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 24, 'referral', 'loyalty', 'web_action', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 25, 'sales_talk', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 26, 'webinar', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 27, 'white_paper', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 28, 'free_trial', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 29, 'quote_request', 'purchase', 'message', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 30, 'contract', 'purchase', 'message', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 31, 'deployment', 'use', 'message', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 32, 'loyalty_programme', 'loyalty', 'message', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 33, 'renewal_offer', 'loyalty', 'message', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 34, 'referral', 'loyalty', 'message', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 35, 'sales_talk', 'consideration', 'message', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 36, 'webinar', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 37, 'white_paper', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 38, 'free_trial', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 39, 'quote_request', 'purchase', 'contact', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 40, 'contract', 'purchase', 'contact', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 41, 'deployment', 'use', 'contact', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 42, 'loyalty_programme', 'loyalty', 'contact', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 43, 'renewal_offer', 'loyalty', 'contact', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 44, 'referral', 'loyalty', 'contact', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 45, 'sales_talk', 'consideration', 'contact', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 46, 'webinar', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'webinars?'
    union all
    select 47, 'white_paper', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'white[-_ ]?papers?'
    union all
    select 48, 'free_trial', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'trial|freemium'
    union all
    select 49, 'quote_request', 'purchase', 'task', cast(null as varchar),
        cast(null as varchar), 'quotes?|quotation'
    union all
    select 50, 'contract', 'purchase', 'task', cast(null as varchar),
        cast(null as varchar), 'contract[-_ ]sign(ed|ing|ature)?|sign[-_ ]contract|new[-_ ]contract'
    union all
    select 51, 'deployment', 'use', 'task', cast(null as varchar),
        cast(null as varchar), 'deploy(ment)?|installation|onboarding|roll[-_ ]?out|go[-_ ]?live|set[-_ ]?up'
    union all
    select 52, 'loyalty_programme', 'loyalty', 'task', cast(null as varchar),
        cast(null as varchar), 'loyalty|rewards?|bonus[-_ ]points'
    union all
    select 53, 'renewal_offer', 'loyalty', 'task', cast(null as varchar),
        cast(null as varchar), 'renew(al|als)?'
    union all
    select 54, 'referral', 'loyalty', 'task', cast(null as varchar),
        cast(null as varchar), 'referrals?|(refer|invite)[-_ ](a[-_ ])?friends?'
    union all
    select 55, 'sales_talk', 'consideration', 'task', cast(null as varchar),
        cast(null as varchar), 'sales|(book|request)[-_ ](a[-_ ])?demo|consultation'
    union all
    select 56, 'feedback_survey', 'use', 'web_action', cast(null as varchar),
        cast(null as varchar), 'survey|feedback'
    union all
    select 57, 'store_visit', 'consideration', 'web_action', cast(null as varchar),
        cast(null as varchar), '(store|branch)[-_ ]visit'
    union all
    select 58, 'social_page', 'awareness', 'message', cast(null as varchar),
        'organic_social, social, social_page', cast(null as varchar)
    union all
    select 59, 'advertisement', 'awareness', 'message', cast(null as varchar),
        'paid_search, paid_social, display, affiliate, advertisement, tv, radio, print', cast(null as varchar)
    union all
    select 60, 'campaign_message', 'awareness', 'message', cast(null as varchar),
        'email, sms, push, post, call, message, unknown', cast(null as varchar)
    union all
    select 61, 'support_contact', 'use', 'contact', cast(null as varchar),
        'store', 'complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud'
    union all
    select 62, 'store_visit', 'consideration', 'contact', cast(null as varchar),
        'store', cast(null as varchar)
    union all
    select 63, 'support_contact', 'use', 'contact', cast(null as varchar),
        'call, chat, email, ticket, message, social, bot, unknown', cast(null as varchar)
    union all
    select 64, 'support_contact', 'use', 'task', cast(null as varchar),
        cast(null as varchar), 'complaints?|returns?|repairs?|refunds?|defects?|warranty|problems?|technical|support|billing|security|fraud|call[-_ ]?back|apology|fix|follow[-_ ]?up|repair') as r;
