{# English words by what they say of a thing. Most, with their weights rounded to halves, are from the lexicon of VADER:
   Hutto, C.J. and Gilbert, E.E. (2014), A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text.
   Those words and weights are under the MIT License, Copyright (c) 2016 C.J. Hutto: permission is hereby granted, free of
   charge, to any person obtaining a copy of this software and associated documentation files, to deal in the Software
   without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute,
   sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so,
   subject to the following conditions: The above copyright notice and this permission notice shall be included in all
   copies or substantial portions of the Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND,
   EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
   NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY,
   WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE
   OR OTHER DEALINGS IN THE SOFTWARE. #}
{# Positive words. #}
{% macro lexicon_english_positive() %}
  {{ return([
    {'language': 'en', 'kind': 'term', 'weight': 3.0, 'terms': "
      adoration alol amazing ambw aml amor awesome beautiful beauty beneficence best bff blessed blessedest blissful
      blockbuster brightest brilliance brilliances brilliant brilliantly champion charming cheerfullest congratulation
      congratulations cutest darling delectable delectably delight delightful divinely ecstacy ecstasy ecstatically
      ecstatics elated enrapture euphoria euphoric excellence excellently exhilarated exhilarates exuberant exultant
      fabulousness freedom funnest glee gleeful glorious gloriously godsend gorgeous gorgeousness gracefullest great
      greatest hallelujah happiest heart hearts heavenlier heavenly heroical heroism honestest honored ilu ily
      jolliest joy joyed joyful joyous joyously joyousness jubilant lifesaver lmao lovable love loved lover loverly
      loving lovingly luckiest lya lyb lyl magnificent magnificently marvelous masterpiece miracle outstanding
      paradise peacefullest perfectest perfectly perfectness pleasuring positivest prizewinning pukka rejoicing
      rotflmao rotflol rotgl sete smartest soulmate splendid splendor successful super superb sweetheart sweethearts
      tenderheartednesses vbs win winner wonderfully wonderfulness wow xlnt xoxo"},
    {'language': 'en', 'kind': 'term', 'weight': 2.5, 'terms': "
      aas aayf admirability admirable admirably admiration admired admiringly adorableness adore adoring adoringly
      adventuring affection amaze amazement amoroso amorously appreciated appreciates appreciation appreciative
      appreciator award awardable beauteous beauteously beauteousness beauties beautifications beautifulest
      beautifully beautifulness beautify beautifying beloved beneficent beneficially benevolent blesser blesses
      blessings bliss bonus bonuses brave bravely braver bravest brightening brilliancies brilliancy bwahahah
      celebrate celebrated celebrates celebrating champions charmingest cheer cheered cheerful cheerier cheerily
      cheeriness cheering cheerly cheery cherished cleverest cleverly cleverness complimenting confidence congrats
      courageous courageously courteous creditworthy cuteness cuter darlingness dauntless dearest delighted
      delightedly delighters delightfully delightsome divine divinest divinity divinize earnest ecstasies ecstatic
      encourage encouraging energized enjoyed enjoying enjoyment enjoys enlighten enlightening enterprising
      entertainments entertains enthusiastically ethical excellences excellencies excellency excellent excelling
      excels excitedly fabulous fantastic fascinate fascinating festiveness fondness free friendliest fun funned
      funniest fwb gain gallantry generosities generosity generous generousness gla glamorizer glamorizes glamorous
      glamour gloried glorified glorifier glorify glorifying gloriousness glory gorgeously gracefully gracious
      graciously graciousness grandest grandeur gratifying gratitude hahaha handsomeness handsomest happier happily
      happiness happy heartfelt heaven heavenliest heavenliness heavenlinesses helpfully hero heroes heroic heroically
      heroics heroine honest honorable honorably honorees honoring honors honour hooray hopeful humorously
      humorousness hurrah hurrahing hurray hurrays ideal iluaaf impressing impressive inspiration inspirational
      inspirationally inspire inspiringly intellectual iyq jollied jollier jollily jolliness jolly jollying joyance
      joyfuller joyfully joyfulness joying justice kfy kind kindnesses kisses kissing kudos laugh laughingly liberties
      liberty lmfao lmso lolz lovers loves lovingness loyalty luckily lylab lylas magnific magnifical magnifically
      magnificence magnificences masterpieces merriest merrily merriment merry merrymakings mirth mirthful muah mwah
      optimism optimist overjoyed passionate passionately passionateness peace peacefully peacemakers perfect
      perfected perfecting perfection perfections pleasant pleasantest pleasantness pleasantnesses pleasing
      pleasurable pleasurableness pleasurably pleasure pleasured positive positively positiveness positiver positives
      positivities positivity praise praises praiseworthiness praiseworthy praising precious prettiest prize prized
      prizewinner prizewinners profitableness proudest proudly ptl reinvigorate relaxation remarkable rescue
      respectability revered reward rewarding rewardingly rich richer riches richest rofl roflmao romance
      romanticising rotfl rotflmfao securest sexy sfete sgtm smiled smilingly sophisticated splendent splendidness
      splendiferous strong success successes successfulness sunnier sunniest superior supreme supremely supremeness
      supremer survived swak sympathetic talented tenderheartedly tgif thankful tia tops treasurable treasured
      triumphant triumphantly triumphing trust trustable trustworthily trustworthy tyvm valuably vibrant vip virtuous
      visionary vwd warmheartedness wealthiness welldoer winning winningly winnings wins wisdom won wonderful woohoo
      worshiped worshipped wowed wowing xoxozzz yay ywia"},
    {'language': 'en', 'kind': 'term', 'weight': 2.0, 'terms': "
      acceptance accomplish accomplished admirableness admire admirer adorability adorable adorably adorations adored
      adorers advantageously adventurousness affectional affectionate affectionately affectioned affordable agog
      agreeability agreeable agreeableness agreement amazed amazedly amazements amazes ambitious amorous amorousness
      amused amusedly amusingness aok applaud applauding applause appreciating appreciatively approval approved ardent
      astounded astounding astoundingly astounds attentive attracted attracting attraction attractions attractive
      attractively attractiveness attractivenesses authentic awardee awarding awards bargain beatific beautification
      beautified beautifies beautifuler believable beneficently beneficial beneficiaries beneficiary benefit
      benefitting benevolences benignant better bless blesseder blessers blessing braved braveries bravery braves
      breathtaking bright brighten brightened brilliantines brilliants captivating care cared carefulness cares caring
      champ championing championship championships champs charitableness charities charity charmed charmer charmers
      charmingly charms cheerers cheerfuller cheerfully cheerfulness cheeriest cheers cherishable cherisher cherishers
      cherishes cherishing classy clever cleverer comedically comfortably comforted comforter comforts commend
      commended compassion compassionate compliment complimentary complimented confident confidently congratulate
      considerate contentedly courage courageousness creative creativeness creditability creditable creditworthiness
      crisp cute cutenesses cutes cutesiest cutesy cutey cutiepie cuties daringly darlings dearer dearie dearly
      dearness dears deary dedicated delicious deliciously deliciousness delightedness delighter delightfulness
      delights devotedness devoting devotion devotionally devotions dignified dignifies dignify dignifying dignitary
      divinities easier easiest easy effective effectively efficient elegance elegances elegancy elegant elegantly
      encouragement encouragements encourages encouragingly energetic energetically energise energised energises
      energising energize energizer energizes energizing engagement enjoy enjoyable enjoyableness enjoyably enjoyer
      enjoyers enjoyments enlightened entertaining entertainingly entertainment enthused enthusiasm enthusiasms
      enthusiastic enthusing esteemed excel excelled exceptional excitant excitation excitations excite excitement
      excitements exciter excites exciting excitingly exonerate exonerated exquisite fab faith faithful faithfully
      faithfulness faiths fame fantastical fantasticalities fascinated fascinates fascination faultless faultlessly
      fav fave favorable favorableness favored favoring favorite favorites favour favoured favours fearless festival
      festive festively festivities festivity fiesta flavorful flawless flawlessly foaf fond fondly forgiving
      forgivingness fortunate freebie freebies freeing freely friend friending friendlier friendlies friendlily
      friendliness friendly friends friendship ftw fulfill fulfilled funner funnily funniness funning funny gaining
      gallantly gem generously genial gentle gentlest gently gift giggle glad glamor glamorised glamorises glamorized
      glamorizing glamorously glamourous glamours glories glorification glorifies good goodness gorgeousnesses grace
      graceful gracefuller gracefulness grand grandeurs grateful gratefuller gratefully gratefulness gratifications
      gratifyingly gratz greetings grin hagd hagn haha hahas hak hand handsome handsomely handsomer handy harmonic
      harmonically harmonious harmoniously harmoniousness harmonise harmonization heartwarming helpfulness heroines
      heroisms heroize heroized heroizes heroizing hhoj highly honester honesties honestly honesty honor honorability
      honorableness honorarily honoree honorifically honourable honoured honourer honouring honours hooked hope hopes
      hoping hug huggers hugging hugs hugz humoring humour humourous hurrahed hurrahs hurrayed idealised idealises
      idealistic ideality idealization idealized idealizers idealizes ideally impress impressed impresses impressively
      improve improved improvement improver improves improving incredible influential innocency innovate innovates
      innovative inspirations inspirator inspired inspirer inspirers inspires inspiring inspirit inspiriting
      inspiritingly intellect intellects intellectualism intellectualist intellectualizes intelligence intelligent
      intelligential intelligently interest interestingness intuitive invigorate invigorates invigorating
      invigoratingly invincible jewels jollies jollification jollifications jollify jollity jovial joys juicy keenest
      kinder kindly kindness kiss kissable kissably kissy kmuf knowledgeable laughed laughing laughings laughs
      laughter laughters lighthearted likeable liked likes liveliest livelily lively lmbao lol lovelies loyal loyally
      loyalties luck lucked luckier lucky lulz magnifico marvel marvels mature medal memorable merit meritorious
      merriments merriness merrymaker merrymaking mirthfully mml motivated motivating neat neatened nice nicely
      nicenesses nicer nicest noble noteworthy nurtured nurturer nurtures nurturing okays opportunity optimality
      optimisations optimise optimisms optimistically optimize optimized optimizers optimizes optimizing passion
      passions peaceableness peaceably peaceful peacefuller peacefulness peacekeeping peacemaker peaces peacetime
      peacetimes perfecter perfectibilities perfectibility perfectively perfectivity playful pleasantly pleasantry
      pleased pleasurability pleasures popular popularity popularized popularizer popularly positivenesses positivisms
      positivist positivistic powerful praised praiser praisers praiseworthily preciously preciousness prettier pretty
      privileged prizes proactive profit profitable profits progress promoted prompt promptly prosperous protected
      proud prouder proudful quick radiant reasonable reassuringly recommended reinvigorated reinvigorates
      reinvigoration rejoice rejoiced rejoices relax relaxed relaxedness relaxing reliable relief rescued respect
      respectabilities respectable respected respecter respectful respectfulness respecting respective responsive
      rewardable rewarded rewarders rewards richened richly richness richnesses roflcopter romanced romancing
      romantically romanticism romanticisms romanticist romanticizations romanticize romanticizes romantics rotglmao
      safe safely safer safety satisfaction satisfactions satisfiable satisfied satisfies satisfy satisfying
      satisfyingly save saved scrumptious seamless seamlessly sentimentally serene sharing sincerely sincereness
      sincerer sincerest slaw smarten smarter smartness smiles smiling sociable sparkle splendidly splendiferously
      splendorous splendors splendour splendours splendrous sprightly stimulating strength strengthened strengthener
      strengthening strengthens strongest sturdy suave subtle succeed succeeded succeeding succeeds successfully sunny
      sunshine sunshiny superbly superiorly supporters supporting supremest supremo surefooted surely sureness sweet
      sweetie sweeties sweetly sweetness sweets talent talents tasty tender tenderly tenderness terrific thanked
      thankfuller thankfullest thankfully thankfulness thanks thoughtfulness thrilled thrilling thrillingly tranquiler
      tranquility tranquillity treasures treasuring triumph triumphal triumphalisms triumphed triumphs true trueness
      truest truly trustability trusted truster trustful trustfulness trustiest trusts trustworthiness trusty truthful
      truthfully truths unbelievable united uplifting urw useful usefully valuable valuables valued vbg vindicated
      virtue virtuosas virtuosic virtuosity virtuoso virtuosos virtuously virtuousness vitalising vivacious vwp
      warmhearted warmth wealth wealthier wealthiest wealthily welcome welcomely welcomeness welcomers welcoming
      wellborn wellness winnable winned winners wise wisely wiseness wisest woo woot worthy wows wtg yummy"},
    {'language': 'en', 'kind': 'term', 'weight': 1.5, 'terms': "
      absolved absolving accept acceptabilities acceptably acceptances acceptant accepting accomplishes active
      admirals admiralties admirations admirers admires admiring adorer adores advantageous advantageousness
      advantages advantaging adventuresome adventurism adventuristic affectionally affections agree agreeably alive
      amorist amuse amusement amusements amuses amusing amusive apologise apologizes applauded appreciate
      appreciations appreciativeness appreciators appreciatory approves asset assured assuredly assuring astonished
      astound attract attracts awarded beaut beautifier beautifiers beauts beneficences beneficialness benefits
      benefitted benevolence blessedly blessedness bold boldest boldly boldness boost boosted brightens brighter
      brightly brightness calmed calmer calmest calming calmness calmnesses capable captivated carefree charitable
      charitablenesses charm charminger cheerer cheerlead cheerled cherish chuckle clarity clean clear clearly
      comedian comedic comediennes comedies comedy comfort comforting comfortingly commitment compassionated
      compassionately compassionates compassionating complimentarily compliments contentment convinced convincing
      convincingly courtesy coziness creations creatively creativities creativity credit creditably credited credits
      cutesier cuteys cutie daring darlingly dear definitely delighting desire determination devoted devotedly devotee
      devotement devotes dignity divination divinatory dreams dynamic dynamically dynamism dynamistic eager eagerly
      eagerness eagers ease easeful easement easiness easygoingness efficiencies efficiency efficiently elation
      elegancies empathetic enchanted encouraged encourager encouragers energization energizations energizers engaged
      engagingly enlightens ensure entertained entertainer enthuse enthuses enthusiast excitabilities excitable
      exhilarating exonerates fantasticality fantasticate favor favorably favorited favourer favourers festivals
      fiestas fit flattered flirtation focused foolproof forgivable forgivably forgiven forgiver forgives freed
      freedwoman freehearted freeman freemen freeness freenesses freest friended friendships funnier funninesses
      gained gallant gga giggled giggliest giggling givers glamorization glamorize glamorizers glorifiers gloriole
      graces gracile grander grant gratification gratified gratifies greater greeting grinners grinning growth hardy
      harmonics harmonize harmonized harmonizer harmonizers harmonizes harmony healthy heavens help helps hilarious
      holiday holidays honoraries honorer honorifics honourers hoped hopefully hopefulness huggable hugged hugger
      humoristic humorous humors humouring idealism idealist idealistically idealities importance impressionistic
      impressionistically impressiveness incentive innocence innovation inspiratory integrity intellective
      intellectualities intellectuality intellectualization intellectualize intellectualness intellectuals
      intelligencer intelligencers intelligences intelligentsia intelligibility intelligibleness interested
      interestedly interesting interestingly invigoration jewel jokester jollities justified keen kissed kisser
      kissers laugher laughers like liking livelier liveliness livelong loyalist lts luckie lucks lylb mercy
      meritoriousness merits merrier merrymakers merrythoughts motivate natural neatest niceness niceties nifty
      nurtural nurturance nurturant opportune opportunely opportunities optimal optimisation optimised optimises
      optimising optimists optimization optimizer palatable pardoning parties party partying passional peaceable
      peacekeeper peacekeepers peacekeepings peacemaking perfectible perfectionist perfects picturesque playfully
      pleasanter pleaser pleases popularise popularities popularizing positivism positivists praying prettied pretties
      privilege privileges profitably profiting promised promisers promises promising promote promoting protect
      rapturous ready reassurance reassured reassures reassuring recommend reinvigorating relaxedly relaxer relaxes
      relaxin relieve relieved reliever relieves relieving relishing resolve resolving respectably respecters
      respectfully restful revives rewarder romancers romantic romanticise romanticised romanticization safeguard
      safeguarded safeness safest safeties satisfactorily satisfactoriness satisfactory scrumptiously secured securer
      securitizes sincere sincerities smart smartened smartening smartens smarties smartly smartnesses smarts smile
      smiler smiley smileys sociableness sociably soothe special splendiferousness strengths stressless stresslessness
      stronger strongish stunning support supportiveness supports surefootedly surefootedness surprisal survivor
      sympathy tenderhearted terrifically thank thoughtful thoughtfully thrill thrills thx tranquilest tranquilities
      tranquilness treat truer trustfully trustily trustiness trusting trustingly trustingness truthfulness unified
      untarnished validate valuableness values vigoroso vindicates virtues virtuosa vitalization vitalize vitalized
      warmest warmly warmness wealthy welcomes welldoers welling wellspring wised wiseliest wish worshipfulness
      worshipping xqzt yeees yes yvw"},
    {'language': 'en', 'kind': 'term', 'weight': 1.0, 'terms': "
      always comfortable cool durable early excelent fast fine fits fixed fresh helpful hot lightweight lovely must
      price quickly range resolved right rocks selection solid solved sounds spot stars tasteful well worked works"},
  ]) }}
{% endmacro %}
