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
{# Negative words. #}
{% macro lexicon_english_negative() %}
  {{ return([
    {'language': 'en', 'kind': 'term', 'weight': -1.0, 'terms': "
      average barely basically beep below break breaks cancel cancellation cancelled cheap cold complaint delay
      delayed died drain drops dry elsewhere embarrassing empty flat forever half holes hour hours late later lesser
      minutes missing noise nothing old pending plot probably rated raw replace return static supposedly thin
      unacceptable unresolved wait waited waiting wrong zero"},
    {'language': 'en', 'kind': 'term', 'weight': -1.5, 'terms': "
      abandoning abandonments ache ached acrimonious adversarial adverse adversities afflicted agitate agitatedly
      agonising amoral amorality angriness annoyed annoyers annoying antagonistic antagonists appalling argued arguer
      argues argument argumentative argumentive arguments ashamedly aversive avoidance bamboozle bamboozled bamboozles
      battle battlefield battleground battles bitterish bitterness blameful blamefully blames blameworthiness blind
      blocking botheration bothering boycotted boycotting brainwashing bummer burdened burdeners burdens careless
      carelessnesses chastises chastising cheerless cheerlessness clueless coerced collision complain complained
      complainingly complains complaints condemn conflicting conflicts confrontational confrontations confusedness
      contagions contemptible contradictors cowardly crap crash crazily craziness cried cries criticising criticize
      criticized criticizer criticizers criticizing crushing cynical cynicism cynicisms damn damnable damnably damned
      debt decay decayed decayer decayers decaying decays deceive deceives defeating defeatist defeatures defected
      defections defects deficit degradations dehumanizes demoralized denier depressant depressants depressible
      depressing depressive depressives depressors depriver deprives deriding desperately desperateness despised
      despisers destructible detained detention deviled devilishly devilries deviltries difficult difficultly
      disadvantaged disadvantageousness disadvantages disagree disagreeable disagreeableness disagreeably disagreement
      disappoint disappointedly disappoints discomfortable discomforted discomforting disconsolation discord
      discouraged discourager disillusionment disillusionments disillusions dislike disliked dislikes disorder
      disoriented disparages dispute disputing disregarded disruption dissatisfied distorted distractible distraction
      distractive distresses distressfully distressing distrustfulness disturb disturbance disturbed doom doomsayers
      doomsaying doomsayings doomsters doubt doubtable doubter douche drained dubious dull dullard dulled duller
      dullest dumber dumbfounded dumbs dump dumped dumpiest dumps dumpy dupe eerie egotists embarrassable embarrassed
      embarrasses embarrassingly embarrassments emergency emptinesses enraged enslaved enslaves error exhausted
      exhausting exhaustion expelling expels fallen falsified farce fatalisms fatiguingly fault faultfinders
      faultiness fearsome feuding fight fighting fights flu flunkers flunking fooled foolhardier foolhardiness fooling
      foolisher forbidder forbidders freakiest freakouts freaky freebooter freeloaded freezingly friendless fright
      frightens frightfully frighting funeral funerals glamourless gloomier gossiping grave gravely graveness
      gravesides greed greediness grievances grieve grievously grime grimier griminess grimmer grouching guiltiest
      gullibility gullible hacked haunt helplessnesses hesitatingly hindrance hooligan hostile hurting idealless
      ignorance ignorantly ignore ignoring illness immoralism immoralists impatiently impolite inability inadequacies
      inadequacy inadequate inadequateness inadequatenesses incapable inconvenience ineffectuality inferior inhibit
      inhibition injured insane interrogated interruption interruptions intimidator intimidators irrationalism
      irrationalists irrationalities irrationality irrationally irritabilities irritableness irritates irritations
      isolation jaded jealousness joylessly killjoys lackadaisical lags lamebrain lamentable lamentably laments lamest
      lazy lied lonelinesses lonely lonesome lose losing losses louse lousiness lowballed lowest lowlier lowlife
      ludicrous lunatics madly maniacally manipulated manipulating masochism masochist masochistically melancholias
      menaced messy misbehaved misbehaves misbehaving mischief misers misinformed misreporting mistaken mistaker
      mistakers mistakes misunderstand mockeries mocking mooch moocher mooching moody mourner mournful mournfully nag
      nagana nagged naggers nagging naggy neglecter neglecters neglecting nitl nonsense obsessional obstacle obstacles
      offender offenders offenses oppressive optionless overload overreacted overweight painfuller paining panicky
      paranoias paranoids peril persecuting perverter pessimism pessimist pessimistic petrify phobia piss pissant
      pissing pleasureless poorer prblm prejudicially pricklier problem problems profitless promiscuously prosecute
      prosecuted provoke punishabilities punishability quaking rancidnesses rash rebeldom reckless reeker reekers
      refusing regretfulness regrets regretted regretter regretting reject rejecter rejectingly reluctancy repressible
      repression repressions repressively resented restrict restricted restricting ridiculed ridiculer ridiculers
      ridiculous ridiculousnesses rigged riskiest riskinesses robing rudeness ruinable ruinated ruinates ruinating
      ruinations ruing scapegoat scarer scarey scold scorn scream screamers screaming screwup seditious seduced
      selfishness severe severed severer severest shames shitted shock shocking shocks shylocking shyster slam
      sleeplessness sluggish smartasses smear smuggest smuggle smuggled smuggles smugnesses snobbily snobbishnesses
      snobby sobbing sore sorrowing sorrows spam spammers spitefulness stealable stealer stenches stingy stink stinker
      stinkier stinko stinky strained stressing strikes struggles stubborn stubborner stubbornnesses stunk stupidness
      sulking sullen suspicion suspicions suspicious suspiciously sux swindles talentless tantrums tenseness tenser
      tensioner tensions threaten threatens traumata traumatized trembling trouble tumor turmoil uglified
      unappreciated uncomfortable uncomfortably uncontrollability uncontrollable uncontrollably unconvinced undermined
      undermining unease uneasiness uneasy unfocused unfriendly ungratefulness unkind unprotected unsatisfied
      unsecured unstable unsuccessful unsuccessfully unsupported unwelcome upset upsets uptight uselessly uselessness
      vicious victimised victimizations victimizers victimizes wasting weakener weakhearted weaklier weaknesses
      weepies whine whoremasters wimpish wiseasses witch woefully worriers worriment worrisome worrywarts"},
    {'language': 'en', 'kind': 'term', 'weight': -2.0, 'terms': "
      abandon abandoned abandoner abandoners abductions abhor abusing abysmal accident aching admonished adversity
      affectionless aggravated aggravates aggressiveness aghast agitated agitating agitators agonise agonized agony
      amort angering angerly angrily anguished anguishes animosity annoy annoyances annoyer annoys antagonism
      antagonist antagonistically antagonize appalled appallingly appalls apprehension arguing argumentatively
      arrested arrests arrogances arrogant arrogantly ashamed atab atrocious attack attacked attacking attacks
      aversion avoid avoider awful badly banish bankster banned bastardies bastardise bastardizations bastardized
      bastardizes beaten beating belittle belittled bereave bereaved bereaves beware bitchier bitter bittered bitterer
      bitterly blamable blamably blamed blamer blamers blaming bland block bloody bomb broke broken brutalization bsod
      btd buggy bully burden burdensome catastrophic censor chagrin chaotic charmless chastised cheat cheaters cheats
      cheesy choked chokes choking chucklehead cliche collapse comfortless complainer condemned conflictive contagion
      contemptibilities contemptibleness contemptuous contradictious contrived coward crappy crashed crashes criticise
      criticised criticism crudeness crudenesses cruder crushed crushes cry crying cunt damage damaged damager
      damagers damages damagingly damnableness damnifies damnify damningly damns dangerous dangerously dangerousness
      dangers darkest deceit deceitful deceived deception defeat defeated defeatists defeature defecting defective
      defectively defectiveness defectives defector degradative degrade degraded degrader degraders degrades
      dehumanize dehumanized deject dejected dejects denied denies denounces depress depresses depressions
      depressively depressor deprival deprivation deprivations deprive deprived depriving despairingly desperation
      desperations despiser despises despondent destroyed destroyer destructed destructibility destructionists
      destructivity detain devastation devastations deviling devilish devilling devilment dipshit dire dirty disabling
      disadvantage disadvantageous disadvantageously disagreeablenesses disagreements disappointed disappointing
      disappointingly disappointment disappointments discomfort discontented discourage discouragement discouragements
      discouragers discourages discouraging discouragingly discredited disdain disgrace disgraced disgusts dishearten
      disheartened disheartening dishearteningly disheartenments disheartens disillusioned dismay dismayed dismaying
      dismayingly dismays disparage disparaging displeased disqualified disrespect disrespected dissatisfaction
      dissatisfactions dissatisfactory dissatisfies dissatisfy distressed distressful distressingly distrust
      distrustful distrustfully distrusting disturbers disturbs dolorous doomful doomsdayer doomster downcast dread
      dreadful drowns dullards dullnesses dumbheads dumbness dumpish duped dysfunction egotistically embarrassment
      emptiest emptiness enemies enrages erroneous eviction eviler exasperated excruciations expel exploited
      exploiting fag failings fails failures faithlessness fake fakes faking falsify faultfinding faultier faultiest
      faultily faults fcol fear feared fearful fearfuller fearfully fearfulness fears feuded fightings flaw flawed
      flaws flimsy flunked flunker flunkey flunks flunky foe foeman foes foetors fool fooleries foolery foolishly
      foolishness foolishnesses fools forbidden forbidding forbiddingly forced foughten frantic fraudulent freak
      freaking freakish freakout freeload frightened frightening frighteningly frightfulness frustrate frustrates
      frustrating frustratingly frustration frustrations fucks fumed furiously futile garbage glitch glitchy gloomed
      gloomful gloomiest gloominess glooming glum goddamn goddamned goddamns goddams gossipping greasy greedier
      greedily greenwash grief grievance grieved griever grieves grievous grimaced grimaces grimy gross grossest
      grossness grouch grouchier grouchiness grouchy guiltier guiltiness guilty hackneyed harass harmed harms harsh
      harsher hateful hater haters hates haunted heartbreaker heartbreakers heartbreaking heartbreakingly heartbreaks
      heartless heavyhearted helpless helplessness heroin heroinism homesickness homesicknesses hooliganism hopeless
      hopelessly horrendously horribles hostilely hostilities hurters hurtfulness hurts hypocritical hysteria
      hysterics idealess ignorami ignoramus ill illiteracy illnesses imbecile immoral immoralist immorally impatience
      impolitely impoliteness imprisoned incapacitated incensed incompetent inconsiderate indignant inedible infected
      inferiorities inferiorly infringement infuriate injury insecure insecureness insecurities insecurity
      insensitivity insincere insincerely insipid insulter insulters insulting insults intimidated intimidating
      intimidation irrationalist irresponsible irritable irritably irritants irritate irritated irritating
      irritatingly irritative jackass jailed jealous jealousies jealously jeopardy junk killjoy lacked lacks lame
      lamely lament lamentations lamenting laughable libelous lies loathe loathed loathes loneliness lonesomeness
      lousier lowbrow lowery lowliest lowlifes lowlight lowlives ludicrousness lugubrious lunatic mad maddening
      madness maniac masochistic meaningless mediocre melancholiac melancholy menace mess mindless misbehave miser
      miserable miserably misleading misrepresentation misunderstanding mock mocks molest molestation molested
      molesters moochers moodiest mope moron mourn mourners mournfuller mournfulness mourning murderess nagger nasties
      nastily neglect neglectful neglectfully neglectfulness neglects neurotically nme notorious numbskulls
      obliterated obnoxious obnoxiousness offends offensive oppressed outage outrageous outraging overcooked overdue
      overpriced overreacts pained painful pains panicked panicking panics passionless pathetically penalty perjury
      perpetrator persecute perverse perversely perverseness perversive pessimisms pessimistically petrifaction
      phobias pisser pitiful pitifuller pitiless pitilessly pointless poisoned polluted polluter polluters pollutes
      poor poorly powerless predictable prejudiced prejudices prejudicing problematic problematical problematically
      promiscuity prosecutes prosecution protesting puked pukes puking punishable punished punisher punishes
      punishment punishments raged rages rebelliously recession reeked reeking refund regret regretful regretfully
      regrettably regretters rejectees rejecters rejecting rejections rejective rejector rejects remorselessly
      repressing repressors repulsed resentful resentfulness resentment resentments revengefulness revenger revengers
      revenges ridicule ridicules ridiculing ripoff robs rude rudely ruder rudesby ruined ruiner ruins sad saddening
      saddens sadly sadness savage savaged savagely savageries scam scandal scandals scare scared scaremonger
      scaremongers scaring scary scornful screwed screwiest sedition selfish selfishnesses severely shame shamefacedly
      shamefacedness shameful shamefully shamelessnesses shattered shits shittier shitting shylock sicken sickener
      sickeners sickeningly sickens sins slow slower slowly sluttish sluttishly sluttishnesses smartass smother
      smothers smuggler smuggling snob snobbery snub snubbed snubs sobbed soggy somber sorrowful spammer spamming
      spiteful stabbed stabs stale stampede stank starve starving steal stealers stealings stinkiest stolen stress
      stresses stressor stressors struggling stupidities stupidity stupidly suck sucked suckered suckering sucks sucky
      suffered sufferer suffering suffers suspended swindling tantrum tasteless temper terrible terribleness thieve
      thieveries thievery thoughtless threatened threateners threateningly threating threats ticked tired torturously
      totalitarian tragedies tragic tragics trash trauma traumas traumatises traumatising traumatizations treason
      troubled troublemaker troublemakers troublemaking troublers troubles troublesomely troublesomeness troublous
      troublously ugh uglier uglies uglification uglifies uglify uglifying uglily unattractive unconvincing
      undercooked underwhelming undeserving undesirable uneasiest uneasinesses unemployment unfair unfortunate
      unfortunates unfulfilled unfunny ungrateful ungratefully unhappily unhappinesses unhappy unintelligent
      uninvolved uninvolving unloved unlovelier unloveliest unloveliness unlovely unpleasant unreliable unsavory
      unusable unwatchable unworthy upsetter upsetters upsetting useless vain vexation vexing victimhood victimized
      victimizer villainesses villainous violate violation violators vitriolic vulture warfares warring waste wasted
      weak weaken weaker weakliest weakly weakness weapons weeper weepier weeping weepings weirdo wept whines whoredom
      whorehouses whoremaster whoremongers whoreson wickeder wickedly wickedness wickednesses widowed wiseass woe
      woeful woefulness woes wooden worriedly worrier worries worriments worrisomely worrisomeness worrit worry
      worrywart worse worsened worsening worsens worser worthless wreck wronged yucky zealot"},
    {'language': 'en', 'kind': 'term', 'weight': -2.5, 'terms': "
      abandonment abducted abhorred abused abuser abusers abuses abusiveness aggravate agonised agonises agonize
      agonizes agonizing agonizingly alarmingly anger angered angers angrier angry anguishing antagonizing appall
      arrogance ass assassinations assaulted assaulting assaults assfucking attacker attackers bad ban bankrupt
      bastard bastardised bastardises bastardising bastardization bastardize bastardizing bastardly bastardy betraying
      betrays bfd bfe bitched bitcheries bitchery bitchily bitchiness bitchy bitterest blameworthy brutalise
      brutalities brutalizations brutalized casualty chaos chastise cheated cheater cheating choke cocksuckers
      compassionless condemns conspiracy contemptuously corpse crestfallen crime criminal criminals crude crudest
      crueler cruelest crueller cruelties curse cwot damaging damnation damnatory damnifying damnit danger dangered
      dangering dearth degradation degradingly dehumanizing dejecting depressed depressingly depression despaired
      despairing despairs despisement despisements despising destroy destroyers destroying destroys destruct
      destructing destruction destructionist destructions destructively destructiveness destructs devastatingly
      devilishness devilkin devilled devils dick dirtiest disasters disconsolate disgusted disgustful disgusting
      disheartenment dishonest dissatisfying distraught distress distressfulness distrusted disturbing disturbingly
      doa doomsdays downhearted dreaded dreadfully dreadfuls dreading drown dullsville dumb dumbass dumbest dumbhead
      effin egotist enemy enrage evildoers evildoings evilest evils excruciate fail failed failing failure fascist
      fatal fearfullest fearing felonies felony fiasco fired fkm foetid foreclosures frauds fraudster fraudsters
      fraudulence frightful frustrated fuck fuked fuming furious fury gloom goddam goddammed grieving grievousness
      grim grouchiest harassed harasser harasses harassing harassment harassments harm harmfully harmfulness harming
      hate hatefully hating heartbreak horrible horribleness horribly horrid horridness horrified horrify horrifying
      horror horrors hostility humiliate humiliatingly humiliation humiliations hurt hurter hurtful hurtfully idiot
      idiotic ignoramuses illegal impolitenesses incompetence indignation infuriates infuriating injustice insanity
      insult insulted insultingly irritant irritation joyless joylessness killingly kills lamebrained lazier laziest
      liar liars livid loathing loneliest loser losers lousiest lousy lowbred lying miseries miserliness misery mofo
      molester moronic mourningly mourns murderesses naggiest nastier nastiest nastinesses nasty negative negativity
      neglected nfc nfw numbskull obnoxiously offending offensiveness outcry outrage outraged outrages pain painfully
      painfulness panic pathetic perversity pervert perverted petrified petrifies petrifying pissants pita poison
      poisoner poisonings poisonous poisons pollute poorest poverty prblms prejudice prejudicial prejudicialness
      prison prisoner prisoners puke punish punishers punishing punitive racists rage raging rancid rancidity rancidly
      rancidness reek regrettable rejected rejectee rejection remorseless retard retarded revenge revengeful riot
      riots rob robber rotten rudest ruination ruinous ruinously sabotage sadden saddened sadder savageness savagery
      savages scandalous shamed shamefaced shamefulness shamefulnesses shit shitheads shitty sick sickened sickening
      sin sinful sluts sluttier sluttishness slutty snafu sobs sorrow sorrowed sorrower sorrowfully sorrowfulness
      spite spited spitefully spitefulnesses starved starves stealing steals stench stenchful stenchy stinkard
      stinking stinkpot strangled stressful stressfully stricken stupid stupider stupidest stupidnesses stupids sucker
      suckers suffer sufferers swindle tard terriblenesses terribly terrifies terrify terrifying terror terrorization
      terrors thief thieves threat threatening tortured torturer tortures torturous totalitarianism tragical
      tragically trapped traumatic traumatised traumatism traumatize traumatizing travesty treasonous troublesome
      troubling trustless ugliness uglinesses ugly unethical unhappier unhappiest unhappiness unhealthy unjust
      unlovable unloving unprofessional viciousness victimising victimization victimize victimizing villain villainies
      villainousness villainy violated violater violaters violates violating violations violative violator virulent
      wanker warmongering warred wars weakest weep weepiest whoredoms whoremonger whoresons wicked woebegone worsen
      wrathful wth"},
    {'language': 'en', 'kind': 'term', 'weight': -3.0, 'terms': "
      abduction abhorrent abhors abuse abusive abusively abusivenesses afu angriest anguish apocalyptic assassination
      assault assaultive assholes bastards betray betrayal betrayed bitch bitches bitchiest brutal brutalised
      brutalises brutalising brutality brutalize brutalizes brutalizing brutally bullied bullshit bullying cancer
      catastrophe cocksucker condemnation contempt crisis cruel cruellest cruelly cruelness cruelty cunts damnified
      dead death degrading destructive devastate devastated devastates devastating devastative devastator devastators
      devil devilry deviltry dickhead die direful disaster disastrous disgust disgustedly disgustingly dismal doomed
      dooming doomsday douchebag dreadfulness drowned enraging enslave evil evildoer evildoing eviller evillest evilly
      evilness excruciating excruciatingly excruciation faggot faggots fatalities fatality fatally ffs foetor fraud
      fubar fucked fucker fuckers fuckface fuckhead fucktard fuking greediest harassers harshest hated hatefulness
      hatred havoc heartbroken heartlessly heartlessness hell hellish hopelessness horrendous horridnesses horrific
      horrifically horrifies horrifyingly infuriated irate jackasses kia kill killed killer killers killing killings
      maddest miserableness molestations molesting molests motherfucker motherfucking murder murdered murderee
      murderees murderer murderers murdering murderous murderously murderousness murders nigger obliterate obscene
      offensively perverts pissed poisoners poisoning poisonously racism racist rageful rape raped raper rapers rapes
      raping rapist rapists remorselessness repulse ruin ruinate saddest scams scumbag shithead shittiest sinister
      slavery slut sluttiest stab suicidal suicide terrified terrorise terrorised terrorises terrorising terrorism
      terrorisms terrorist terroristic terrorists terrorize terrorized terrorizes terrorizing torture torturers
      torturing tragedy traumatically traumatise traumatization twat ugliest vile villainess villainously villains
      violence violent violently war warmonger warmongers whore whored whores wickedest worst wtf"},
  ]) }}
{% endmacro %}
