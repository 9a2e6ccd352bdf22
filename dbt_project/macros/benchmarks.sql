{#-
  Published figures to read a KPI beside: who says so, of when, and how they made it. Only what its source tells as its own
  measurement; a home adds its own as external_figures (status verified).
-#}
{% macro benchmarks() %}
{% do return([
  {'kpi': 'fcr', 'sector': 'call centres', 'place': 'North America', 'period': none, 'value': 0.70, 'n': none,
   'source': 'SQM Group, Call Center Customer Experience Research',
   'basis': 'surveys after calls; ours counts who came back within the window'},
  {'kpi': 'survey_fcr', 'sector': 'call centres', 'place': 'North America', 'period': none, 'value': 0.70, 'n': none,
   'source': 'SQM Group, Call Center Customer Experience Research', 'basis': 'surveys after calls'},
  {'kpi': 'ocr', 'sector': 'call centres', 'place': 'North America', 'period': none, 'value': 0.59, 'n': none,
   'source': 'SQM Group, Call Center Customer Experience Research',
   'basis': 'surveys after calls; ours counts who came back within the window'},
  {'kpi': 'service_level_80_20', 'sector': 'call centres', 'place': none, 'period': none, 'value': 0.80, 'n': none,
   'source': 'industry practice', 'basis': 'a convention, no measurement'},
  {'kpi': 'nps', 'sector': 'auto dealers', 'place': 'United States', 'period': '2017', 'value': 43, 'n': 10000,
   'source': 'Temkin Group, Net Promoter Score Benchmark Study',
   'basis': 'consumers of all 20 sectors asked; the highest of the sectors'},
  {'kpi': 'nps', 'sector': 'TV and internet providers', 'place': 'United States', 'period': '2017', 'value': 9, 'n': 10000,
   'source': 'Temkin Group, Net Promoter Score Benchmark Study',
   'basis': 'consumers of all 20 sectors asked; the lowest of the sectors'},
]) %}
{% endmacro %}
