{# What words say of a thing, by language: the one home of sentiment's words. docs/text.md explains the kinds.
   A word stands once in a language. Chinese terms are of one to four characters, and the longest that fits counts. #}
{% macro lexicon() %}
  {{ return(lexicon_english_positive() + lexicon_english_negative() + _lexicon_of_modifiers()
      + _lexicon_portuguese() + _lexicon_chinese()) }}
{% endmacro %}

{# A hash of the words and their weights. #}
{% macro lexicon_version() %}{{ return(local_md5(tojson(lexicon(), sort_keys=true))[:12]) }}{% endmacro %}

{# Words that turn, strengthen or weaken what follows, or say that what follows counts more. #}
{% macro _lexicon_of_modifiers() %}
  {{ return([
    {'language': 'en', 'kind': 'negation', 'weight': -0.4, 'terms': "
      no not never none nobody neither nor nowhere cannot without hardly rarely seldom scarcely isn't aren't wasn't weren't
      don't doesn't didn't won't wouldn't can't couldn't shouldn't hasn't haven't hadn't ain't isnt arent wasnt werent dont
      doesnt didnt wont wouldnt cant couldnt shouldnt hasnt havent hadnt aint"},
    {'language': 'en', 'kind': 'booster', 'weight': 0.3, 'terms': "
      very really so extremely absolutely totally completely incredibly too especially most exceptionally
      particularly utterly much more"},
    {'language': 'en', 'kind': 'damper', 'weight': -0.3, 'terms': "
      almost somewhat slightly kinda sorta partly occasionally little less"},
    {'language': 'en', 'kind': 'stop', 'weight': 0, 'terms': ". , ! ? ;"},
    {'language': 'en', 'kind': 'turn', 'weight': 0, 'terms': "but however"},
    {'language': 'pt', 'kind': 'negation', 'weight': -0.4, 'terms': "
      não nao nem nunca jamais sem nenhum nenhuma ninguém ninguem nada tampouco"},
    {'language': 'pt', 'kind': 'booster', 'weight': 0.3, 'terms': "
      muito muita super bem tão tao mais extremamente demais totalmente bastante realmente"},
    {'language': 'pt', 'kind': 'damper', 'weight': -0.3, 'terms': "pouco pouca quase menos meio"},
    {'language': 'pt', 'kind': 'stop', 'weight': 0, 'terms': ". , ! ? ;"},
    {'language': 'pt', 'kind': 'turn', 'weight': 0, 'terms': "mas porém porem contudo entretanto"},
    {'language': 'zh', 'kind': 'negation', 'weight': -0.4, 'terms': "不 没 沒 无 無 别 別 未 没有 沒有 不是 从未 從未 不太 不会 不會"},
    {'language': 'zh', 'kind': 'booster', 'weight': 0.3, 'terms': "很 非常 太 超 超级 超級 特别 特別 十分 极其 極其 真 最 挺"},
    {'language': 'zh', 'kind': 'damper', 'weight': -0.3, 'terms': "有点 有點 稍微 一点 一點 比较 比較"},
    {'language': 'zh', 'kind': 'stop', 'weight': 0, 'terms': "。 ， ！ ？ ； . , ! ? ;"},
    {'language': 'zh', 'kind': 'turn', 'weight': 0, 'terms': "但 但是 可是 不过 不過 然而"},
  ]) }}
{% endmacro %}

{# Portuguese: put together by hand, with and without accents, as people write. #}
{% macro _lexicon_portuguese() %}
  {{ return([
    {'language': 'pt', 'kind': 'term', 'weight': 3, 'terms': "
      excelente excelentes ótimo otimo ótima otima ótimos ótimas otimos otimas perfeito perfeita perfeitos perfeitas
      perfeitamente maravilhoso maravilhosa maravilha amei amo adorei adoro adorou incrível incrivel impecável impecavel
      sensacional fantástico fantastico nota10 espetacular surpreendeu superou excepcional encantada encantado"},
    {'language': 'pt', 'kind': 'term', 'weight': 2, 'terms': "
      bom boa bons boas gostei gostamos gostou recomendo recomendado indico parabéns parabens rápido rapido rápida rapida
      rapidez rapidamente satisfeito satisfeita satisfeitos satisfação satisfacao lindo linda lindos lindas bonito bonita
      feliz obrigado obrigada agradeço agradeco confiável confiavel confiança confianca eficiente eficiência qualidade
      antes antecipado antecipada certinho direitinho fácil facil resistente top show valeu legal melhor melhores
      nota recomendável pontual pontualidade cumpriu ágil agil atenciosos atencioso sucesso confortável confortavel
      prático pratico elegante cuidado"},
    {'language': 'pt', 'kind': 'term', 'weight': 1, 'terms': "
      certo ok correto corretamente conforme dentro tudo embalado seguro segura segurança funciona funcionando
      combinado atendeu prazo entregue aprovado todos sempre testei benefício beneficio novo previsto estipulado exatamente original tranquilo"},
    {'language': 'pt', 'kind': 'term', 'weight': -1, 'terms': "
      ainda aguardando aguardo esperando espero apenas somente só faltou faltando falta faltaram resposta retorno contato
      problema problemas troca trocar devolução devolucao devolver estorno reembolso cancelar cancelei cancelamento
      cancelado paguei dinheiro diferente outro outra incompleto metade infelizmente atraso atrasado atrasada atrasou
      demora demorou demorado demorada demorando difícil dificil caro cara baixa inferior tentei reclamei reclamação reclamacao
      quero dois duas agora volta até pedido enviaram mandaram unidades urgente absurdo solução solucao resolver"},
    {'language': 'pt', 'kind': 'term', 'weight': -2, 'terms': "
      ruim ruins mal má errado errada errados erradas defeito defeitos defeituoso quebrado quebrada quebrados quebrou
      danificado danificada rasgado rasgada amassado amassada manchado insatisfeito insatisfeita insatisfação decepção decepcao
      decepcionado decepcionada decepcionou decepcionante fraco fraca frágil fragil falso falsa falsificado falsificada
      péssimo pessimo péssima pessima descaso desrespeito vergonha enganado enganada enganosa enganação propaganda mentira
      arrependi arrependido chateado chateada triste usado usada sujo suja velho desconfortável barulho risco riscado"},
    {'language': 'pt', 'kind': 'term', 'weight': -3, 'terms': "
      horrível horrivel terrível terrivel pior lixo odiei detestei golpe fraude roubo porcaria inaceitável inaceitavel
      lamentável lamentavel péssimos péssimas"},
  ]) }}
{% endmacro %}

{# Chinese, simplified and traditional: put together by hand. There were no labelled texts to measure it on. #}
{% macro _lexicon_chinese() %}
  {{ return([
    {'language': 'zh', 'kind': 'term', 'weight': 3, 'terms': "
      太棒了 完美 优秀 優秀 出色 极好 極好 最好 超赞 超讚 惊喜 驚喜 五星 非常好 物超所值 强烈推荐 強烈推薦"},
    {'language': 'zh', 'kind': 'term', 'weight': 2, 'terms': "
      好 好用 好吃 好看 好评 好評 不错 不錯 满意 滿意 喜欢 喜歡 推荐 推薦 棒 赞 讚 快 很快 快速 迅速 及时 及時 方便 舒服 漂亮
      感谢 感謝 谢谢 謝謝 开心 開心 高兴 高興 热情 熱情 耐心 周到 专业 專業 贴心 貼心 值得 划算 实惠 實惠 便宜 靠谱 靠譜
      清晰 流畅 流暢 干净 乾淨 新鲜 新鮮 美味 友好 礼貌 禮貌 顺利 順利 优惠 優惠 没问题 沒問題 爱 愛 安全 可靠 良好 不贵 不貴"},
    {'language': 'zh', 'kind': 'term', 'weight': 1, 'terms': "可以 还行 還行 还好 還好 正常 解决 解決 合适 合適 简单 簡單 准时 準時"},
    {'language': 'zh', 'kind': 'term', 'weight': -1, 'terms': "
      慢 一般 等 等待 贵 貴 问题 問題 退 退款 退货 退貨 投诉 投訴 取消 少 小 旧 舊 麻烦 麻煩 困难 困難 复杂 複雜 缺 凑合"},
    {'language': 'zh', 'kind': 'term', 'weight': -2, 'terms': "
      差 坏 壞 坏了 壞了 失望 不好 不满 不滿 不满意 不滿意 不推荐 不推薦 不喜欢 不喜歡 不值 不行 难用 難用 难吃 難吃 难看 難看
      破损 破損 损坏 損壞 错误 錯誤 错 錯 脏 髒 臭 吵 假 假货 假貨 太慢 太贵 太貴 太差 延误 延誤 迟 遲 晚 故障 崩溃 崩潰 卡顿 卡頓
      无法 無法 不能 没用 沒用 没收到 沒收到 生气 生氣 后悔 後悔 粗鲁 粗魯 敷衍 浪费 浪費 漏 质量差 品質差 态度差 態度差 差评 差評 缺货 缺貨
      不理 没人 沒人 没有人 沒有人 出错 出錯 失败 失敗 太久 太晚"},
    {'language': 'zh', 'kind': 'term', 'weight': -3, 'terms': "
      垃圾 糟糕 糟透了 恶心 噁心 骗 騙 骗子 騙子 欺骗 欺騙 诈骗 詐騙 极差 極差 最差 太糟糕 可恶 可惡 愤怒 憤怒 恶劣 惡劣"},
  ]) }}
{% endmacro %}
