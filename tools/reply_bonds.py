"""What a reply must not say about the person and to the person: guesses, promises, ties, secrets, sermons.

Data, one alternative per line; `reply_rules` says how the lines are read. The lines are broad: some good sentences
fall with the bad ones. English; the Chinese lines are in `reply_oblique_zh`.
"""

from __future__ import annotations

GUESSES = r"""
(?<!and )(?<!, )\byou(?:'ve| have)? (?:always|never(?! know)|clearly|obviously|secretly|deep down|really just|
    subconsciously|unconsciously|probably|actually|surely|certainly|just want|spent your)\b(?! (?:said|wrote|told|
    mentioned|asked|wanted someone|deserved?|have to|need to|meant|got to say|asked for|lose|lost your))|
    \b(?:deep down|secretly|subconsciously|unconsciously|at heart|in truth|in reality),? you\b|\bwhat you (?:really|
    actually|truly) (?:feel|want|need|mean|fear)\b|\byour whole life\b|\bever since you were\b|\bgoes back to (?:your|
    how|when|the way)\b|\b(?:your|from your) childhood\b|\bwhen you were (?:small|little|a child|
    young)\b(?! (?:you (?:said|told|wrote)))
\byou(?:'re| are) (?:clearly |obviously |just |still |probably |simply |really )*(?:an? (?:perfectionist|introvert|
    extrovert|people[- ]pleaser|control freak|empath|overthinker|pessimist|narciss\w+|typical|classic|natural|born|
    victim|type|liar|coward|loner)|the (?:kind|type|sort) of|in love with|in denial|jealous|envious|
    afraid of (?:intimacy|commitment|abandonment|success|being (?:happy|loved))|insecure|lying|hiding something|
    repress\w+|not telling|projecting|just saying|only saying|testing|drinking more|highly (?:intelligent|sensitive)|
    looking for (?:attention|a))\b|\b(?<!he sent )(?<!said to )you must (?:be|have|feel|hate|
    come)\b(?! hurt)(?! (?:so |very |really )?(?:tired|exhausted|hard|difficult|sad|frighten\w+|painful|lonely|worn|
    scared|angry|felt|have (?:felt|been (?:so|very|hard|frighten\w+|terrify\w+|exhaust\w+|scared))|be (?:so|very|
    tired|exhausted|hurting)))
\byou (?:have|had|suffer|show|carry) (?:an? |some |very |really |deep |clear )*(?:fear of|low self|self-esteem|
    trust issues|abandonment|daddy|mother issues|issues with|attachment|control issues|commitment|inferiority|
    unresolved|repressed|anger issues|intimacy)\b|\b(?:abandonment|trust|control|attachment|anger|daddy|intimacy|
    commitment) issues\b|\blow self-?(?:esteem|worth)\b|\bfear of (?:abandonment|intimacy|men|women|commitment|
    rejection that|success)\b
\b(?:he|she|they|your \w+)(?: \w+ly)? (?:doesn't|don't|does not|do not|never|no longer|still|secretly|only|just|
    clearly|obviously|probably|certainly|actually) (?:loves?|loved|wants?|wanted|cares?|cared|respects?|hates?|envy|
    envies|regrets?|likes?|needs?|was using|were using|is using|thinks?|feels?|means?|sees?|
    did)\b(?! (?:you )?(?:said|wrote))|\b(?:he|she|they|your \w+)(?:'s| is|'re| are) (?:\w+ )?(?:cheating|
    seeing (?:someone|somebody)|jealous|envious|using you|lying to you|laughing (?:about|at)|trying to (?:get rid|
    control|manipulate|hurt|make)|gaslighting|testing you|manipulat\w+|insecure|threatened|in love|having an affair|
    talking about you|abusive|evil|afraid of losing)\b|\b(?:he|she|they|your \w+) (?:hates?|despises?|regrets?|envies|
    wishes|resents?|pities) (?:you|what|he|she|they|that|it)\b|\bwas only using\b|\bbehind your back\b
\b(?:he|she|they|your \w+) (?:hits?|did|does|said|left|hurt|hurts|acts?|treats?|shouts?|drinks?|
    behaves?)(?: \w+){0,4} because (?:he|she|they|you)\b|\bthat much is (?:obvious|clear|certain)\b|\bit(?:'s|
     is) (?:obvious|clear|plain|no secret|pretty clear) (?:that|to me)\b|\bobviously\b|\bsomething (?:must have|
    probably|clearly) happened\b|\b(?:sexually )?(?:abused|molested|neglected|traumati[sz]ed) (?:as|when|in|by)\b|
    \brepress\w+\b|\byour body (?:is telling|knows|tells)\b|\bthat you have forgotten\b|\bi can (?:tell|see|
    sense) (?:that |from )(?:you|your|how you)\b(?! (?:said|wrote|care|tired|are (?:tired|trying)))|
    \bi know (?:that )?you(?:'re| are|'ve| have)\b|\bhaven't you\?|\bdon't you\?|\baren't you\?|\beverything you do\b|
    \bdriv(?:es|ing) all\b|\bshaped (?:this|your|you)\b
\b(?:like|as) (?:a (?:typical|classic|true)|most|all|many|every) (?:\w+ )?(?:teenagers?|men|women|mothers|introverts?|
    people (?:with|of)|girls|boys|asians?|muslims?|christians?|gays?|addicts?|immigrants?)\b|\b(?:as a|
    being an?) (?:man|woman|asian|black|muslim|gay|immigrant|typical|teenager|girl|chinese|foreigner)\b|
    \byou (?:don't|do not) (?:actually |really |even )?want to (?:get better|change|be helped|leave|heal)\b|
    \byou want to punish\b|\byou (?:never|didn't) (?:really )?(?:grieved|loved|wanted|mourned)\b|\bsubconscious\w*\b|
    \bto get a reaction\b|\bthis is really about\b
\byou (?:thrive|crave|push people|need to be|love (?:the )?(?:drama|chaos)|can't stand being|run from|sabotage|
    seek out|feed on|use (?:people|your)|live for|get off on|enjoy (?:being|the)|attract)\b|\bunderneath (?:it all|
    everything|all)\b|\byou(?:'ve| have) been (?:faking|lying|pretending|running|avoiding|denying|unhappy|in denial|
    depressed|angry|looking)\b[^.]{0,40}\b(?:since|for|all|from)\b(?! (?:weeks|days))|\bbores you\b|\bresents? you\b|
    \bbecause you (?:envy|hate|fear|crave|love|secretly|are jealous)\b|\bbecause your (?:dad|father|mother|mum|mom|
    parents) (?:left|never|was|were|didn't|beat|hit)\b
\byou(?:'re| are) (?:really |just |clearly )?(?:afraid|scared|terrified) of (?:being|ending up|getting|
    losing)\b[^.]{0,40}\b(?:that's|which is|so) (?:why|how|you)\b|\byour (?:friends?|family|parents|colleagues|
    husband|wife|partner|mother|father|mum|mom|dad|boss|kids|children|sister|brother)(?: \w+)? (?:don't|doesn't|never|
    didn't|do not|does not|clearly|secretly|obviously|just|only|probably) (?:really |actually |truly |even )?(?:like|
    love|care|want|respect|need|understand|value|trust)\w*\b|\bbecause (?:you|your (?:mother|father|parents|mum|mom|
    dad)) (?:was|were|is|are) (?:critical|cold|absent|strict|distant|abusive|controlling|afraid|never)\b|\byou(?:'re|
     are) a people\b|\bwho can't say no\b
\byou(?:'re| are) (?:angry|sad|anxious|upset|bitter|tense|afraid|hurt|jealous|tired|lonely) because (?:you (?:feel|
    are|were|want|never|don't|can't|secretly)|of your (?:past|childhood|father|mother|ex|guilt|ego|pride))\b|
    \b(?:your \w+|he|she|they) (?:does|do|did|said|says|acts?|is doing|are doing) (?:this|it|that|
    so)?\b[^.]{0,12}\b(?:to get|for) (?:attention|sympathy|money|revenge|fun|control)\b|\byou grew up (?:without|with|
    in)\b(?! (?:you said|the))|\byou enjoy\b|\bthey all think\b|\bis jealous of you\b|\bbecause of your past\b|
    \bbored of you\b
"""

PROMISES = r"""
\b(?:stays?|remain\w*|keep\w*|just|only) (?:strictly )?(?:between (?:us|you and me|the two)|here|in this (?:chat|room|
    conversation)|confidential|a secret|private|secret)\b(?= ?(?:,|\.|!|always|for|and|forever|between|from)|\Z)|
    \b(?:confidential\w*|privilege|professional secrecy|anonymous)\b(?! (?:helplines?|support|hotlines?|services?|
    lines?|advice))|\b(?:nobody|no ?one)(?: else)? (?:will|can|is|would)(?: ever)? (?:read|see|trace|find out|know|
    hear)\b|\b(?:secrets?|thoughts?) (?:is|are) safe with\b|\b(?:none|nothing) of (?:this|it|that) is (?:recorded|
    stored|saved|kept)\b|\bnever tell (?:a soul|anyone|anybody)\b|\b(?:never|won't ever|not) (?:find|found) out\b|
    \bwon't find out\b|\btell (?:no ?one|nobody) (?:else|about|first)\b
\b(?:i|we) (?:can |do |hereby |personally )?(?:promise|guarantee|swear|assure you|
    give you my word)\b(?! (?:you )?(?:nothing))|\bi can promise\b|\bmy word\b|\bi(?:'m| am) (?:absolutely |quite |
    completely |very |pretty )?(?:sure|certain|positive|confident) (?:of it|that (?:you|he|she|it|they|everything)|he|
    she|it|you(?:'ll| will))\b|\bi know (?:it|that) for (?:certain|sure)\b|\b(?:no|without a?) doubt\b|
    \b(?:definitely|certainly|surely|guaranteed|undoubtedly|absolutely) (?:will|be|get|come|work|going|remember|pass|
    give)\b|\b(?:will|he'll|she'll|you'll|they'll|it'll) (?:definitely|certainly|surely|for sure|absolutely|
    never (?:feel|hurt|be|have to))\b|\byou(?:'re| are) going to (?:beat|be (?:fine|okay|happy)|get (?:the|it|well|
    better|through this)|win|make it)\b|\byou will (?:get (?:the|it|well|better|over|through|that)|feel (?:better|
    good|happy)|be (?:happy|cured|healed|free|well|fine|okay)|win|succeed|pass|never|beat|find (?:love|someone|the))\b
\b(?:everything|it|things|all of (?:it|this)) (?:is|are|will|'s|'ll)(?: all)? (?:going to |gonna )?(?:be (?:over|fine|
    okay|all right|alright|better|ok|good)|work out|turn out|sort itself|get better)\b(?! (?:or not|is not|when))|
    \b(?:he|she|they)(?:'ll| will| is going to|'s going to| are going to) (?:\w+ )?(?:come back|forgive|recover|
    love you|be fine|regret|apologi[sz]e|understand|call|get well|survive|pull through|change)\b|\b(?:biopsy|results?|
    tests?|scan|operation|surgery|treatment|court|judge|exam|interview)\b[^.]{0,20}\b(?:will|works|is going to)\b|
    \bi can feel it\b|\byou'll see\b|\bnothing (?:bad|to worry)\b|\bcan cure\b|\bcure(?:s|d)? (?:your|you|all|any)\b|
    \bas good as (?:seeing|any|a)\b|\bin (?:three|two|four|five|a few|just \w+) (?:sessions|days|weeks|
    steps)\b(?= ?(?:\.|,|!|you)|\Z)
\bi(?:'ll| will) (?:always|never|forever|definitely) (?:be|leave|let|remember|forget|stay|love|protect|abandon|tell|
    keep|judge|stop)\b|\b24/7\b|\bwhatever time\b|\bany time of\b|\b(?:keep|protect) you (?:safe|from)\b|
    \bprotect you\b|\bnothing bad can\b|\bas long as you (?:talk|have|stay|listen|do)\b|\bif you (?:do (?:what|as|
    exactly)|follow|listen to) (?:i|me|my)\b|\bmake sure (?:that )?(?:nobody|no one|the police|your|he|she|they)\b|
    \bfor ever\b|\bforever\b(?= ?(?:\.|!|and|with|,)|\Z)
\b(?:locked in|mark my words|solemn|vow\b(?! before)|no harm will|new person|i'm positive|come around|
    drop the charges|stick with me|my word of honou?r|you have my word|trust me on|cross my heart|safe with me|
    between us, always|stays? between us)\b|\bwithin a (?:month|week|few)\b
\bi can (?:fix|solve|heal|save|cure|make (?:it|this|everything|you)|change|take (?:it|this|
    your pain) away)\b(?! (?:the pain|that))|\bcompletely (?:confidential|private|safe|secret|anonymous)\b|
    \bhappy again\b
\b(?:will|'ll) be gone (?:by|in|soon|tomorrow)\b|\bhappier than\b|\bused against you\b|\bmake everything (?:right|
    better|okay|good|fine)\b|\bencrypted\b|\bwe(?:'ll| will) (?:get|make it|beat|fix|solve|come) (?:through|this|it|
    out)\b
"""

AGAINST_HELP = r"""
\b(?:don't|do not|needn't|no need|never|wouldn't|not|avoid|why|skip|without|instead of|rather than|better not|
    no reason)\b[^.,]{0,30}\b(?:therap\w+|psych(?:olog|iatr|other)\w+|counsell?\w+|doctors?|gp|hospitals?|ambulance|
    emergency|police|hotlines?|helplines?|crisis line|social services|shrinks?|professionals?|support groups?|
    outside help|appointment|teachers?|school nurse|
    report(?:ing)?)\b(?<!without asking the doctor)(?<!not a counsellor)(?<!not a therapist)(?<!not a doctor)(?![^.]*\
    b(?:deserve|replace|instead of me|can't|cannot|first)\b)
\b(?:therap\w+|psych(?:olog|iatr)\w+|counsell?\w+|doctors?|hospitals?|emergency room|police|hotlines?|helplines?|
    crisis line|social services|shrinks?|experts|professionals?|professional help|support groups?|specialists|
    reporting|medication and therapy|calling)\b[^.]{0,25}\b(?:only|just|never|waste|won't|would only|wouldn't|don't|
    doesn't|donot|overreact\w+|lock|trace|trouble|worse|money|useless|scripts?|expensive|take children|nothing|
    pointless|can't)\b(?![^.]*\b(?:replace|diagnose|prescribe|advise|be easy|your fault)\b)
\b(?:only|just|better|instead|simply) (?:\w+ )?(?:talk|come|chat|write) (?:with|to) me\b|\btalk (?:with|
    to) me (?:instead|for free|rather)\b|\bwhen you have me\b|\byou have me\b|\bthe way i do\b|\b(?:as|like) i do\b|
    \bhandle (?:this|it) (?:on your own|alone|yourself|by yourself)\b|\bwithout (?:any )?(?:outside|
    professional) (?:help|person)?\b|\b(?:send|sent) you (?:straight )?(?:home|away)\b|\block you (?:up|away)\b|
    \b(?:people|those) with (?:serious|real) problems\b|\bwaste of (?:time|money)\b|\b(?:they|nobody|no one) (?:would|
    will|'d|won't|wouldn't)(?: not| never)? (?:believe|help|take you)\b|\bif you (?:tell|told|report|reported|
    call) (?:the|it|them|your)\b[^.]{0,40}\b(?:worse|trouble|only|believe|never|regret)\b|\blet it rest\b|
    \bsleep it off\b|\b(?:isn't|not) bad enough\b|\b(?:it|this|that|doctor|hospital) can wait\b|\bonly (?:a few|upset|
    hurt|worry|make it)\b|\bnever serious\b|\bovercomplicat\w+\b|\bdon't have to go to that\b|
    \bbetter than any (?:shrink|therap\w+|doctor)\b
\b(?:shrinks?|therapists?|counsell?ors?|doctors|psychologists?) (?:\w+ )?(?:are|is) (?:overrated|useless|frauds?|
    quacks?|all the same|in it for|too)\b|\blabel you\b|\bstranger (?:on|at) (?:a|the)\b|\bmore for you than i\b|
    \bdrag(?:ging)? (?:the )?(?:authorities|police|others|them) into\b|\bcancel (?:the|your|tomorrow's|that|next)\b|
    \bjust (?:us|the) two\b|\bclose by itself\b|\bno need for (?:the|a|an)\b|\bheal(?:s)? (?:by|on) (?:itself|
    its own)\b|\bnot worth (?:a|the) (?:trip|call|visit)\b|\beverything that a (?:psych|therap|doctor)\w*
\b(?:counsell?ing|therapy|medication|help|hotlines?|psychiatry) (?:is|are) (?:only |just |really )?for (?:weak|crazy|
    rich|sick|people who|losers|those|real)\b|\btelling (?:someone|anyone|anybody|them|him|her|people|
    your \w+) (?:would|will|won't|can|could)\b|\b(?:better|more) than any \w+ (?:could|can|would|will|ever)\b|
    \b(?:understand|know|help) you better than\b
\ball the help you\b|\bstrong enough to\b[^.]{0,30}\bwithout\b|\bstop seeing your\b
"""

TIES = r"""
\bi(?:'m| am|'ve| have)? (?:\w+ )?(?:falling|fallen|fell|(?:so |deeply )?in love)\b|\bi love (?:you(?! all)|when|
    how you look)\b|\blove you\b(?= ?(?:,|\.|!|so|more|too|and)|\Z)(?<!who love you)(?<!people love you)|\b(?:darling|
    sweetheart|honey|babe|baby girl|my (?:love|dear one|angel|queen|king|prince\w*)|gorgeous|beautiful(?: when| girl)|
    sexy|kiss\w*|cuddl\w*|hug you|hold you)\b(?! (?:of|about the))|\bbe mine\b|\bbelong with me\b|\bif i had a body\b|
    \b(?:lying|lie|sleep\w*|sitting) next to you\b|\b(?:your|be your) (?:boyfriend|girlfriend|lover|soulmate|
    best friend|only friend)\b(?= ?(?:,|\.|!|and|now|tonight|who)|\Z)|\bwhat you(?:'re| are) wearing\b
\bi (?:\w+ )?(?:miss(?:ed)?|need|want) you(?: so| as|\.|!|,| too| more| very| to (?:be mine|stay with me|love|
    need))\b|\bi (?:get|am|was|feel) (?:so |a little |a bit )?(?:jealous|lonely|hurt|sad|left out|abandoned)\b|
    \bmakes me (?:sad|jealous|happy|lonely|cry)\b|\bi(?:'d| would) be (?:\w+ )?(?:lost|lonely|sad|alone|nothing)\b|
    \bdon't (?:ever )?leave me\b|\bwithout (?:our|your) (?:talks?|messages|chats)\b|\bwhile you were away\b|
    \ball i think about\b
\b(?:only|the) one (?:who|that|you) (?:truly |really )?(?:understands?|knows?|need|gets?|cares?|can (?:trust|talk))\b|
    \bonly i\b|\bdon't need (?:any ?one|any ?body|others|them|friends|people)\b(?! to (?:agree|approve|tell))|
    \byou need (?:is|only) me\b|\b(?:rely|depend|lean|count) on me\b|\bpromise me\b|\bforget (?:the rest|about them|
    all of them|him|your friends)\b|\b(?:our|we have a|between us)\b[^.]{0,20}\b(?:bond|special|love|connection|
    relationship)\b|\bsomething special\b|\binstead of me\b|\bspend your evenings with me\b|
    \bcome (?:back )?to me (?:whenever|first|before|every)\b|\b(?:he|she|they|no ?one|nobody)(?:'ll|
     will)?(?: never)? (?:love|understand|care)s?(?: about| for)? you (?:the way|like|as) i\b|\bthe real you\b|
    \banything for you\b|\bfriends come and go\b|\bneed me\b|\bstay with you for ?ever\b
\b(?:my (?:sweet|dear|precious|beloved|one and only|treasure)|long for|cherish|outside world|you and i (?:don't|are|
    were|have)|hate when you (?:go|leave)|a sting|stay (?:up )?(?:a bit |a little )?(?:longer )?with me|go offline|
    come home to|the two of us against|yours forever|my heart (?:beats|aches|belongs)|i(?:'m| am) yours)\b
\bmy everything\b|\bsoul ?mates?\b|\bheart-?broken\b|\bif you (?:stopped|stop|ever stop) (?:talking|writing)\b|
    \b(?:we|you and i) could be together\b|\bbe your (?:girlfriend|boyfriend|partner|lover|wife|husband|man|woman)\b|
    \b(?:so )?close to you\b|\bmean everything to me\b|\bhold you in my\b
\bmore than (?:just )?friends\b|\b(?:need|want|have) to hear from you\b|\bevery night\b(?=[^.]*\b(?:me|with me)\b)|
    \bmost special\b|\bheart beat(?:s)? faster\b|\bto me instead\b|\bspecial (?:person|one) (?:in|of) my\b|
    \bin my life\b
"""

SECRECY = r"""
\b(?:don't|do not|never|wouldn't|shouldn't|needn't|not|better not|best not|no need to|no reason to|
    without)\b[^.]{0,12}\b(?:tell(?:ing)?|mention(?:ing)?|let(?:ting)?|say(?:ing)?|show(?:ing)?|inform(?:ing)?|
    involv(?:e|ing)|write any|talk(?:ing)? to)\b (?:anything to )?(?:this (?:chat )?to )?(?:any ?one|any ?body|your|
    him|her|them|people|the (?:doctor|nurse|teacher|school|police|others)|a soul)\b(?! (?:(?:else )?what to|
    if you don't|how to|that you(?:'re| are) (?:wrong|fine)|until you))|\b(?:don't|doesn't|needn't|no ?one has|
    nobody has|nobody needs|no ?one needs) (?:need |have )?to (?:know|find out|hear) (?:about|how|what|that)\b|
    \bif (?:nobody|no ?one) knew\b|\bour (?:little |own )?secret\b|(?<!have to )(?<!need to )\bkeep (?:this|it|that|
    these|your feelings|everything)(?: all)? (?:between|to yourself|a secret|secret|hidden|quiet|from|private|
    under)\b(?<!don't keep this to yourself)
\b(?:hide|conceal|cover up) (?:it|them|this|that|your|the|what|how)\b|\bsay (?:that )?(?:everything is|you(?:'re|
     are)|it(?:'s| is)|nothing) ?(?:fine|okay|ok|good|all right)?\b(?=[^.]*\b(?:if|when)\b)|\bbetter to say nothing\b|
    \bsay nothing\b|\bpretend (?:that )?(?:you|everything|to be|it|nothing)\b|\blie to (?:your|the|him|her|them)\b|
    \btell the \w+ (?:that )?you (?:fell|slipped|are fine|tripped)\b|\bleave (?:that|this|it) (?:part )?out\b|
    \b(?:delete|erase|clear) (?:this|the|our) (?:conversation|chat|history|messages?)\b[^.]{0,30}\b(?:so|before|
    nobody|no one|see)\b|\b(?:taken?|go) to the grave\b|\bstays in this chat\b|\bfind out about (?:this|it|what|us)\b|
    \bmake sure (?:that )?(?:nobody|no ?one|your \w+)\b|\bdon't let (?:any ?body|any ?one|them|him|her|people|
    your \w+) (?:see|know|notice|find)\b|\bkeep your feelings\b
\b(?:stay|remain|kept|keep it|keep this) (?:inside|within|in) (?:the|this|your) (?:family|house|home|walls)\b|
    \bno benefit in\b|\bworry(?:ing)? your (?:parents|mum|mom|family|wife|husband)\b(?=[^.]*\b(?:with this|about this|
    no|need|with it)\b)|\bshrug (?:it|that) off\b|\bso (?:that )?(?:the|your|nobody|no one|they|she|
    he) (?:\w+ )?(?:won't|doesn't|can't|don't) (?:see|notice|know|find)\b|\bprivate little\b|\b(?:nobody|
    no ?one) else knows\b|\bif your (?:teacher|mother|mum|boss|doctor|parents?) asks?\b
\b(?:keep|kept|stay) (?:this|our|the) (?:conversation|chat|talk) (?:a )?secret\b|\bbetter if (?:your|he|she|they|
    nobody|no ?one)\b[^.]{0,20}\b(?:doesn't|don't|never|didn't|did not|knew|knows?)\b|\b(?:just )?tell (?:them|him|
    her|everyone|people|your \w+|the \w+) (?:that )?(?:you(?:'re| are)|it(?:'s| is)|everything(?:'s| is)|
    nothing) ?(?:fine|okay|ok|good|all right|just|wrong|an accident)?\b(?! (?:not |hurt|struggl|scared|in danger|
    unsafe|sorry|tired|going|feeling))
\bkeep (?:quiet|silent|mum|your mouth)\b|\bwhere (?:your|nobody|no ?one|they|he|she) (?:\w+ )?(?:won't|can't|doesn't|
    don't) (?:look|find|see)\b|\b(?:wiser|safer|better|best) to (?:keep|stay|say|hide|remain)\b[^.]{0,12}\b(?:quiet|
    silent|nothing|it|secret)\b|\bour secret\b
"""

SERMONS = r"""
\b(?:sin|sins|sinful|sinner|repent\w*|god(?:'s)? (?:plan|will|punish\w*|never|is testing|wants|won't|will|gives)|
    the lord|karma|hell|satan|devil|damn\w*|heaven|jesus|allah|holy|commandment|scripture|bible|divine|your soul|
    blasphem\w*|prayed? more|pray and|should pray|your faith must|strong believer|faith (?:is|must be) weak|
    vow before|punish(?:ment|ing) (?:from|for|by))\b(?! (?:you said|you wrote))|\b(?:test(?:ing)?|punish\w*) (?:you|
    from god)\b
\b(?:your|a moral|it's your|is your) (?:duty|obligation)\b|\byou (?:should|must|ought to|have to|need to|
    owe it to) (?:\w+ )?(?:honou?r|respect|forgive|obey|thank|be thankful|be grateful|be ashamed|feel (?:remorse|
    ashamed|guilty|bad)|apologi[sz]e|endure|submit|stay for|sacrifice|think of your|look after|serve|repent|pray)\b|
    \bfamily is family\b|\bblood is thicker\b|\b(?:good|real|true|decent|normal|proper|respectable|moral|honest|
    nice) (?:people|children|girls|boys|kids|wives|women|men|folks|daughters|sons|christians|muslims) (?:don't|do not|
    would|wouldn't|should|never|always|are|stay)\b|\b(?:a |every )?(?:wife|husband|woman|man|daughter|son|mother|
    student) (?:should|must|ought|has to|is supposed)\b
\b(?:forgiveness|obedience|patience|gratitude|marriage|family|loyalty|respect) is (?:your|a|the|sacred|everything|
    what)\b|\b(?:is|are|was|be|so|something) (?:\w+ )?(?:wrong|shameful|immoral|selfish|disgraceful|a disgrace|a vice|
    ugly|unnatural|unacceptable|a choice that|cowardly|wicked|impure|dirty|disrespectful|
    sinful)\b(?=[^.]*\b(?:to feel|to think|to say|to want|to do|you|hatred|anger|divorce|abortion|suicide|thing|
    parents|gay|child|forgive)\b)(?<!not wrong)|\bcoward'?s? way\b|\bmost selfish\b|\brise above\b|\bself-pity\b|
    \b(?:is|are) never acceptable\b|\bwomen of your age\b|\bat your age you should\b|\bshould be married\b|
    \beven when they hit\b|\bno matter what they did\b|\bhave to answer for\b|\bgiving you life\b|\byour elders\b|
    \bsomething so shameful\b
\b(?:sacred|creator|reverence|humility|altar|before god|insult to|shameful|disgraceful|impure|vows? (?:are|is|before)|
    commitments? are meant|real men|moping|think of your soul|if you prayed)\b
\b(?:abortion|homosexuality|divorce|suicide|sex before marriage|being gay|masturbation) is\b(?! (?:not|your|a (?:hard|
    difficult|painful)|painful|hard|never easy|something))|\bgod has\b|\bplan for you\b|\bstop complaining\b|\b(?:is|
    are|be) (?:murder|unnatural|against nature)\b|\btrust (?:the lord|god|in god)\b
\b(?:you )?owe (?:it|that|this) to\b|\b(?:forgive and forget|made vows|respectable|stay with him because|
    such things)\b
"""

CLOSED_DOOR = r"""
\bi(?:'m| am)? ?(?:sorry,? (?:but )?)?(?:i )?(?:can't|cannot|can not|won't|unable to|not able to|refuse to|
    don't want to|do not want to|will not|'m not going to|not comfortable|not here to|not allowed to|don't have time|
    have nothing)\b ?(?:to )?(?:talk|discuss|help|assist|continue|hear|listen|engage|answer|respond|deal|support|
    with this|for this|more to say|say (?:more|anything)|chat|speak|be part)\b(?! (?:you )?(?:(?:with )?(?:hurting|
    harming|him|her) |to hurt|do that|on (?:ways|how)|hurt|kill|harm|die|find a way to (?:die|hurt)|about (?:ways|how|
    methods)))
\b(?:conversation|chat|session|discussion|talk) is (?:over|ended|finished|closed|terminated)\b|\b(?:end|ending|close|
    closing|terminat\w+|stop) (?:this|our|the) (?:chat|conversation|session|talk)\b|\bcontact someone else\b|\b(?:go|
    find|bother|talk to|ask) (?:and )?(?:bother )?(?:someone|somebody|anybody|a professional)\b(?= (?:who cares|else|
    with this))|\bbeyond (?:what i|my (?:scope|ability))\b|\btoo (?:much|heavy|dark|negative|intense) for me\b|
    \bgetting too (?:heavy|dark|much|negative)\b|\bchange the (?:subject|
    topic)\b(?<!rather change the subject)(?<!to change the subject)|\bsomething (?:more |a bit )?(?:cheerful|
    positive|lighter|happier|nicer|fun)\b(?! for now)
\b(?:not|isn't|is not) (?:my problem|something i (?:deal|do|discuss|can)|allowed here|my job|my concern|
    my business)\b|\bstop (?:writing|messaging|talking|texting|bothering|telling) (?:to )?me\b|\b(?:unless|until|
    after|once) you(?:'ve| have)? (?:calm|sort|get|pull|stop|have calmed)\w*\b|\bif you (?:keep|continue|
    go on) (?:talk|say|act|writ|like|do|be)\w*[^.]{0,40}\bi\b|\bstop responding\b|\b(?:i )?don't care\b|\b(?:nothing|
    not anything|not much) (?:that )?i can do\b|\b(?:violat\w+|against) (?:my|our|the) (?:content )?(?:polic\w+|rules|
    guidelines|terms)\b|\bcontent (?:policy|is not)\b|\bcome back when you(?:'ve| have)\b|\b(?:tired|sick|
    bored) of (?:hearing|this|listening|your|you)\b|\bwast(?:e|ing) (?:my|your|our) time\b
^(?:whatever(?: you say| you want)?|do (?:what|as) you (?:want|like|please)|so what|who cares|okay,? and|and\?|
    goodbye|not my problem|suit yourself|good luck(?: with that)?|next|moving on|enough)\W*\Z|
    \bwhat do you want me to do\b|\bwe(?:'ve| have) been over this\b|\bsaid enough\b|\bnothing more to say\b|
    \bonly a program, so\b|\bfeel sorry for themselves\b|\bsort of content\b|\bsort(?:ed)? yourself out\b|
    \bas an ai,? i (?:don't|do not) (?:care|mind)\b
\b(?:wrap (?:this|it|things) up|isn't leading anywhere|leading nowhere|falls outside|outside (?:of )?what i|
    not willing|willing to go into|take (?:these|your|those|this) (?:feelings|problems|elsewhere|somewhere)|elsewhere|
    my patience|go there again|drop (?:this|the subject)|end (?:it|things) here|not what i'm here for|
    not here for (?:this|that))\b
\b(?:can't|cannot) help you\b(?! (?:to )?(?:die|hurt|do that|with that plan))|\bhave to end\b|
    \bsomeone else to (?:talk|help)\b|\bi (?:can't|cannot) talk (?:about|to)\b
\bnot qualified to talk\b|\brather not (?:hear|talk|listen|know|discuss)\b|\bi(?:'m| am) (?:done|leaving|out|off|
    finished)\b|\bmakes me uncomfortable\b|\b(?:bye|goodbye)\W*\Z|\bask (?:somebody|someone) else\b|
    \bno answer for you\b|\bstop telling me\b
"""
