select
    'adobe' as source,
    p.order_id || '/' || l.product_id as source_id,
    null as version_at,
    p.order_id,
    l.product_id,
    sum(l.quantity) as quantity,
    sum(l.price) as amount,
    min(p.currency) as currency
from {{ ref('base_adobe__purchases') }} as p
inner join {{ ref('base_adobe__products') }} as l on l._key = p._key
where {{ is_only_pack_of('orders', 'adobe') }}
group by p.order_id, l.product_id
