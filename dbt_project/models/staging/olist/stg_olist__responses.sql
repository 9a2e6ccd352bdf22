-- Who answered stands in the order; comments belong to the score they explain.
with reviews as (

    select * from {{ rows_of('olist', 'order_reviews') }}

),

orders as (

    select * from {{ rows_of('olist', 'orders') }}

),

customers as (

    select * from {{ rows_of('olist', 'customers') }}

)

select
    'olist' as source,
    reviews.review_id || '/' || reviews.order_id as source_id,
    null as version_at,
    'order_review' as survey_id,
    null as wave,
    reviews.review_id || '/' || reviews.order_id as response_id,
    'score' as item_id,
    customers.customer_unique_id as person_token,
    null as contact_id,
    reviews.order_id,
    reviews.review_answer_timestamp as answered_at,
    reviews.review_score as score,
    null as choice,
    nullif(
        concat_ws(chr(10), reviews.review_comment_title, reviews.review_comment_message), ''
    ) as text_redacted,
    'pt' as language,
    null as weight,
    null as stratum
from reviews
left join orders
    on reviews.order_id = orders.order_id
left join customers
    on orders.customer_id = customers.customer_id
