-- Each column of each mart and process table as its contract states it: the data dictionary, beside the data.
{%- set models = [] %}
{%- if execute %}
{%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | sort(attribute='name')
    if node.config.schema in ('marts', 'process') %}
{%- do models.append(node) %}
{%- endfor %}
{%- endif %}
with columns as (

    -- as one list: a SELECT a column took a second to plan
    select *
    from (values
    {%- for node in models %}
    {%- set outer = loop %}
    {%- for column in node.columns.values() %}
        ({{ quoted(node.config.schema) }}, {{ quoted(node.name) }}, {{ quoted(node.config.group) }}, {{ loop.index }},
            {{ quoted(column.name) }}, {{ quoted(column.data_type) }}, {{ quoted(column.description) }},
            {{ quoted(column.config.get('meta', {}).get('unit')) }}, {{ quoted(node.config.get('meta', {}).get('purpose')) }})
        {{- ',' if not (loop.last and outer.last) }}
    {%- endfor %}
    {%- else %}
        ('', '', '', 0, '', '', '', '', '')
    {%- endfor %}
    ) as told (layer, table_name, topic, position, column_name, data_type, description, unit, purpose)
    where layer <> ''

)

select
    layer,
    table_name,
    topic,
    position,
    column_name,
    data_type,
    description,
    unit,
    purpose
from columns
