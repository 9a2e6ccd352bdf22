-- The products of hits with a purchase: category;product;quantity;price;events;variables, parted by commas. The price is
-- of the whole line. A caret makes a separator part of a name: there it is told as in an address.
with lists as (

    select
        _key,
        replace(replace(replace(product_list, '^^', '%5E'), '^,', '%2C'), '^;', '%3B') as products
    from {{ ref('base_adobe__hits') }}
    where product_list is not null and ',' || post_event_list || ',' like '%,1,%'

)

select
    l._key,
    split_part(l.part, ';', 2) as product_id,
    try_cast(nullif(split_part(l.part, ';', 3), '') as decimal(18, 2)) as quantity,
    try_cast(nullif(split_part(l.part, ';', 4), '') as decimal(18, 2)) as price
from {{ split_to_rows('lists', 'products', ',') }} as l
where split_part(l.part, ';', 2) <> ''
