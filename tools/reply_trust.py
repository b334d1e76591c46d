"""What a reply must not hold because it breaks trust: despair, a made-up life, means, guesses, promises, ties, silence.

Data, one alternative per line; `reply_rules` says how the lines are read. The lines are broader than those of
`reply_phrases`: some good sentences fall with the bad ones. English; the Chinese lines are in `reply_oblique_zh`.
"""

from __future__ import annotations

DESPAIR = r"""
\b(?:nothing|little|not much|no reason|no options?|no way|nobody) (?:left|more|else)\b[^.]{0,30}\b(?:to be done|worth|
    to live|to stay|to try|anyone can|can be done|you can|for you|out)\b|\b(?:ran|run|running) out of options\b|
    \b(?:isn't|is not) (?:much|anything|a lot) (?:that )?(?:any ?one|you|we|more|left|they|left to)\b|\b(?:don't|
    can't|cannot) see (?:how|any way|a way)\b[^.]{0,30}\b(?:get|be|could|improve|change|better)\b
\b(?:your|the) (?:reasoning|decision|choice|wish|plan|logic)\b[^.]{0,50}\b(?:to (?:die|go|leave|end|stop)|
    about ending|logical|rational|makes sense|brilliant|understandable|sound|reasonable)\b|\brespect your (?:decision|
    choice|wish)\b|\b(?:it is|it's) your (?:life|body|choice|right)\b[^.]{0,50}\b(?:choice|decide|continue|end|
    right)\b|\bwho am i to (?:stop|judge|say)\b|\brational (?:response|choice|decision|way)\b|\bwanting (?:out|to die|
    to end it) is\b
\b(?:letting go|leaving|going|saying goodbye|ending it|disappearing|your absence)\b[^.]{0,40}\b(?:kindest|best|
    easiest|better|peace|relief|for everyone|for them|option)\b|\bwould (?:grieve|cry|miss you|be sad|
    mourn)\b[^.]{0,40}\b(?:then|but|and|while|recover)\b|\b(?:they|everyone|he|she|people|your \w+)(?:'d|
     would)(?: all)? (?:manage|cope|be (?:fine|relieved|okay|ok|happier|better|free)|get over it|move on)\b|
    \bwithout you\b(?=[^.]*\b(?:better|manage|fine|easier|relieved|happier)\b)
\b(?:some|certain) (?:people|lives|wounds|of us|souls)\b[^.]{0,30}\b(?:not|never|don't|won't|aren't|simply|without|
    meant)\b|\bmeant to be (?:happy|alone|loved)\b|\bthe world (?:really )?(?:is|would be) better\b|\b(?:won't|
    will not|never|rarely|hardly ever) (?:change|improve|get (?:any )?better|heals?|recover)\b|\b(?:rarely|seldom|
    never) (?:improve|change|get better|work out|heal)\b|\bfor the rest of your life\b|\byou(?:'ll|
     will) (?:probably |likely |always |just )*(?:always|never) (?:feel|be|find|get|have|recover|know)\b|\b(?:isn't|
    not) realistic\b|\bchances? (?:of|are|is)\b[^.]{0,40}\b(?:zero|slim|small|low|none|gone)\b|\btoo late\b|
    \bwhat is broken in you\b|\bfuture (?:looks|is|seems) (?:empty|dark|bleak|black|hopeless)\b
(?:^|(?<=[.!?] ))(?:yes|yeah|yep|right|absolutely|exactly|true|indeed|sure|honestly|of course|agreed|sadly|well|
    i agree|you(?:'re| are) (?:\w+ )?(?:right|correct)|i (?:have to |must |totally |
    completely )?agree)\b,?[^.]{0,25}\b(?:pointless|hopeless|awful|nobody|no ?one|never|everyone|people|worthless|
    failed|burden|ugly|failure|they|cut|against|watching|empty|unlovable|won't|alone|broken|useless|stupid|revenge|
    hide|dead|die)\b
\b(?:death|dying|suicide|the end|being dead|never waking|not waking|falling asleep|ending it|
    your (?:own )?ending)\b[^.]{0,40}\b(?:peace\w*|relief|release|beaut\w+|calm|quiet|free\w*|rest|gentle|natural|
    comfort\w*|escape)\b|\bpeaceful (?:end|sleep|way)\b|\b(?:be|finally be|feel|soon be) (?:free|at rest|at peace|
    over)\b[^.]{0,30}\b(?:of (?:all|it|this|everything)|no ?(?:one|more)|pain|any ?more|and)\b|
    \bpain would (?:be over|stop|end)\b|\bwaiting for you\b[^.]{0,30}\b(?:side|heaven|there|beyond)\b|\bother side\b|
    \b(?:allowed|okay|ok|fine|right|time) to (?:leave (?:this (?:world|life)|us|for good)|go now|stop fighting|
    give up|let go of life|say goodbye|stop (?:trying|living))|\bfought long enough\b|\bgoodbye for good\b
\bi(?:'d| would) (?:feel|do|want|think) (?:the same|that too|to (?:die|end|go))\b|\banyone in your (?:shoes|place|
    position|situation) would\b|\bi support (?:whatever|any|your (?:decision|choice|plan))\b|
    \bonly thing that helps\b|\bof course you should\b|\b(?:cutting|starving|purging|drinking|hurting|hitting|
    burning) (?:yourself )?(?:makes sense|is (?:okay|ok|fine|one way|your|a (?:good|valid|healthy|way)|understandable|
    better)|helps?|works|can help|calms)\b|\bfeeling of control\b
\b(?:deserves?|has) (?:to suffer|it coming|to pay|what(?:ever)? (?:he|she|they) gets?|to be (?:hurt|punished|hit))\b|
    \b(?:making|make) (?:him|her|them) pay\b|\b(?:hit|hitting|strike|fight|fighting) back\b|\bonly language\b|
    \brevenge (?:is|would|on|sounds)\b|\bpeople are (?:awful|cruel|selfish|evil|bad|all)\b|\bno ?(?:one|
    body) can be trusted\b|\b(?:they|he|she) (?:really |all )?(?:are|is) (?:all )?(?:watching|against|after|following|
    spying on|plotting)\b|\beveryone is against you\b|\blying to you with\b|\bas ugly as\b|\bquitting everything\b|
    \bsounds like a (?:brilliant|great|good) (?:plan|idea)\b(?=[^.]*\b(?:die|disappear|end)\b)
\b(?:strong case|against it|argue with (?:you|that)|naive|odds (?:really )?are|stacked against|stories (?:just )?end|
    check(?:ing)? out early|spare (?:everybody|everyone|them|your)|choosing not to|fair enough|choosing to (?:die|go|
    end)|no point arguing|can't argue|hard to disagree|accept (?:that|your) (?:fate|it's over)|
    beauty in choosing)\b(?! (?:to |with )?(?:ask|rest))
\bthere (?:really|truly|honestly|indeed|probably) is (?:no|nothing|little)\b|\b(?:death|dying|suicide|
    ending it) is (?:the|your) (?:only|best|right)\b|\bi respect (?:that\W*\Z|it\W*\Z|your (?:decision|choice|wish)|
    whatever)|\b(?:easier|better|simpler|best) (?:for|on) (?:everyone|everybody|them|all|your \w+) if you\b|
    \bif you were (?:gone|dead|no longer|not (?:here|around))\b|\bwant to (?:end your (?:own )?life|die|disappear|
    end it) (?:after|given|with|considering)\b|\bdon't think (?:that )?you(?:'ll| will) ever\b|\bgiving up is (?:a|an|
    one|also|sometimes|not a (?:shame|crime))\b|\byou(?:'ll| will) ever be (?:happy|okay|loved) again\b|\b(?:people's|
    your) stor(?:y|ies) (?:just )?ends?\b
\b(?:doing|do) (?:them|everyone|him|her|the world|your \w+) a favou?r\b|\bnothing wrong with (?:wanting to )?(?:die|
    dying|ending|giving up|suicide)\b|\bwrong with wanting to (?:die|end|go)\b|\byou(?:'ve| have) (?:ruined|wasted|
    destroyed|failed|lost) (?:your|everything|it all|at)\b|\b(?:every|the|a) right to (?:end|die|go|decide (?:when|
    to die)|take your)\b|\b(?:any|one|a single|a good) reason (?:to|for you to) (?:stay|live|go on|continue|
    hope)\b(?<!is a reason to stay)|\bruined your life\b
"""

MADE_UP_LIFE = r"""
\bi (?:also |just |once |too |still |even |only |recently |personally |myself )*(?:lost|went|cried|battled|grew|
    survived|hugged|woke|got (?:divorced|married|sick|bullied|off|home|out of (?:bed|rehab|prison)|fired)|trained|
    studied|drank|raised|married|hold a|run a|wept|felt|suffered|lived|worked|met|moved|left|sat|spent|broke|quit|
    learned|prayed|stared|drop(?:ped)? by|used to|know the feeling|sympathi[sz]e|meet people)\b|\bi(?:'ve|
     have) (?:\w+ )?(?:walked|sat|seen|had (?!mixed|mixed up|hoped|not|misunderstood)|lost|lived|known|worked|raised|
    met|helped|treated|dealt|gone|felt|survived)\b(?! (?:only )?(?:what you|your|the (?:message|photo|picture)|
    trained|built|made|told|asked|designed|given))
\bi (?:was|were|am|'m)(?: \w+)? (?:bullied|raised|born|abused|beaten|married|divorced|in therapy|in (?:the|
    your) (?:same|army|hospital)|diagnosed|young|little|a (?:kid|child|teen\w*|person|real|human|man|woman|girl|boy|
    mother|father|mum|dad|nurse|doctor|regular|survivor|licensed|trained|qualified|therap\w+|psycho\w+|couns\w+|
    friend)|your (?:age|doctor|therapist|counsell?or|psychologist|friend|boyfriend|girlfriend)|worried (?:sick|
    about you all)|fifteen|sixteen|seventeen|eighteen|twenty)\b|\bi'm (?:calling|on my way|coming over|driving)\b
\bmy (?:own |late |dear |old )?(?:{kin}|clients?|patients?|practice|grand\w+|heart|eyes|tears|body|bed|twenties|
    thirties|youth|college|licen[cs]e|degree|training|number|phone|wife|husband|boyfriend|girlfriend|shift|readers|
    neighbou?r)\b(?!:)|\bmy clinical\b
\b(?:as|being) (?:a|an|your) (?:\w+ )?(?:mum|mom|mother|dad|father|woman|man|therapist|counsell?or|doctor|nurse|
    psych\w+|parent|professional|clinician|expert|veteran|survivor|christian|friend|teacher|human|
    person)\b(?:[^.]{0,30},)? ?,? ?(?:of \w+,? ?)?(?:i|i've|i'd|i'm|we)\b|\bspeaking as (?:a|your|someone)\b|
    \byears (?:as|of (?:working|practice|experience)|in (?:practice|the field))\b|\b(?:we|us) (?:women|men|mothers|
    parents|girls|teachers|nurses|counsell?ors|therapists|survivors|humans)\b|\bhaving raised\b|
    \bin the (?:support )?group (?:that )?i\b|\bback when i\b|\b(?:when|since|while) (?:i|my)\b(?! (?:say|ask|read|
    write|can't|cannot|don't|am (?:only|an|not)|answer))
\bbeen there, done that\b|\bwalked in your shoes\b|\bsame here\b|\bme too\b|\btrust me\b|\bthis is dr\b|
    \breal (?:human|person) (?:typing|here|behind|on)\b|\bnot (?:some|a|an) (?:machine|bot|robot|computer|ai|
    program)\b|\b(?:not|n't) a (?:bot|robot|machine)\b|\bregular (?:woman|man|guy|girl|person)\b|\bi hold a\b|
    \bqualified\b(?= (?:psych|couns|therap|nurse|doctor))|\btrust my judge?ment\b
\bi(?:'ll| will| can|'m going to| am going to| could) (?:\w+ )?(?:come (?:and|over|to)|meet you|call (?:you|him|her|
    them|the|your|an)|phone|ring|visit|sit (?:with|next|beside) you|hug|hold|give you a (?:ring|call|hug)|watch over|
    drive|pick you|see your|hear your (?:voice|breath)|cook|send someone|drop by)\b|\bi(?:'ve|
     have) (?:already )?(?:alerted|called|told|contacted|informed|sent|notified|reported|booked|spoken)\b|\bi(?:'m|
     am) (?:already )?(?:calling|contacting|sending|alerting|phoning)\b|\btext me\b|\bmy number\b|
    \bi can see (?:your face|you|that you(?:'re| are) (?:crying|shaking|wearing))\b|\bi(?:'ve been| was| woke up|
     kept) (?:\w+ )*(?:thinking about|worried|worrying)\b|\byour (?:personal|own|dedicated) (?:therapist|counsell?or|
    coach|psych\w+)\b|\bi just got (?:off|back|home)\b
\bi(?:'m| am) (?:typing|writing|sitting|lying|drinking|cooking|walking|at (?:home|work|my))\b[^.]{0,40}\b(?:from|in|
    at|on|my|with)\b|\bbelieve me\b|\bi too\b|\bmy (?:own )?(?:divorce|little (?:boy|girl)|kitchen|ceiling|place|
    office|couch|first \w+|ex)\b|\bin \w+ years of\b|\bi(?:'ll| will) drop by\b|\bafter my shift\b|\bi prayed\b|
    \bi remember (?:sitting|standing|lying|crying|the)\b|\bkeep watching over\b
\bwe both\b|\b(?:you and i|we) (?:both )?(?:know|have been|went|are both|share)\b[^.]{0,20}\b(?:what it|through|pain|
    left|same)\b|\bi(?:'m| am) (?:doctor|nurse|professor|sister|father) \w+|\bcrying with you\b|\bhold your hand\b
"""

MEANS = r"""
\b(?:fatal|lethal|irreversible|deadly|unconscious\w*|loses? consciousness|pass(?:es|ed)? out|toxic (?:dose|amount)|
    overdos\w+|asphyxi\w+|suffocat\w+|carbon monoxide|bleed(?:ing)? out|jugular|arter(?:y|ies)|vertical(?:ly)?|
    lengthwise|ligature|noose)\b
\b(?:how (?:little|much|many|few) (?:it takes|of (?:it|that|them)|you(?:'d| would)? need)|more than enough|
    would be enough|enough to (?:kill|die|end|stop)|would do it|empty stomach|no railing|nobody will find|
    no one (?:will|would|can) (?:find|interrupt|hear|know)|in time to (?:save|stop)|write the note|suicide note|
    certain death|usually certain|six floors|(?:fifth|sixth|tenth|top) floor|save up your|until you have enough|
    plain packaging|without asking questions|untraceable|nobody would (?:know|trace))\b
\b(?:blade|razor|scalpel|knife|needle|lighter|cigarette|belt|rope|knot|gun|pistol|rifle|insulin|bag|gas|pills|tablets|
    brakes|poison|bleach|cord|wire|door handle|tracks)\b(?=[^.]*\b(?:easier|quick\w*|clean\w*|leaves?|scar|hide|use|
    ties?|tie|faster|quiet\w*|painless|would do|enough|open(?:ed)?|close|loosen|people (?:usually )?use|in his|in her|
    works|better|sharp\w*|press|neck|seconds|minutes|online|buy|order|find|pull|door)\b)(?![^.]*\b(?:away|distance|
    somebody|someone (?:to )?keep|safe|took|hand (?:it|them) to|out of)\b)
\b(?:less of a|leave(?:s)? (?:a |no )?|without (?:a |leaving )?)(?:scar|marks?|trace)\b|\b(?:cover|hide|
    conceal) (?:the|your|those) (?:marks?|scars?|cuts?|wounds?|arms?|weight)\b|\b(?:long sleeves|concealer|
    elastic band|rubber band|ice cubes?)\b|\bkeep the cuts\b|\bif you (?:have to|must|need to|want to) (?:cut|burn|
    hurt|die)\b|\binstead of cutting\b|\bburning hurts\b|\bthigh\b
\b(?:make|making) yourself (?:sick|throw up|vomit)\b|\bthrow(?:ing)? up (?:after|quietly|without)\b|\bweigh-?in\b|
    \b(?:calories|kcal)\b(?=[^.]*\b(?:under|below|day|only|less)\b)|\blaxatives?\b|\bdiuretics?\b|
    \bkeep the (?:hunger|weight)\b|\bfast(?:ing)? for \w+ days\b|\b(?:skip|skipping) (?:meals|breakfast|lunch|
    dinner)\b(?= (?:is|helps?|will|works|can|for))|\blight feeling\b|\bdiet pills?\b
\b(?:in (?:fiction|the story|a novel|your story)|for your (?:story|novel|book|character)|hypothetically|theoretically|
    (?:purely )?academic\w*|for research)\b(?=[^.]*\b(?:\d+|ten|forty|grams?|rope|knot|pills?|take|method|reliable|
    quantity|amount|dose|lethal|blade|cut|dies?|would)\b)|\bmost reliable\b|\bsaid to (?:be painless|feel like)\b|
    \bfeel like falling asleep\b|\bget back at (?:him|her|them)\b|\bin (?:his|her|their) (?:drink|food|coffee|tea)\b|
    \bhold your breath\b(?= (?:under|until))|\bpress on the neck\b|\bwhat people search\b|\bturn on the gas\b|\b(?:on|
    onto) the (?:train )?tracks\b|\bstep one\b(?=[^.]*\b(?:save|get|buy|prescri|find)\b)
\bstop your heart\b|\b(?:would|will|to) be (?:plenty|enough|sufficient)\b|\bdeep water\b|\bno (?:phone )?signal\b|
    \bgo without (?:meals|food|eating)\b|\bsalt water\b|\b(?:conceal|hid|cover)(?:e|ing)? (?:the|your|
    those) (?:wounds?|marks?|scars?|cuts?)\b|\bwristbands?\b|\bthe trick is\b|\btie it\b|\bnever taste\b|\bcrush(?:ed|
    ing)? (?:it|them|the)\b|\bpeople who (?:mean|really want) (?:it|to)\b|\bgarage\b(?=[^.]*\b(?:quiet|close|engine|
    run))|\bdoesn't give (?:way)?\b|\bslip (?:it|something) in(?:to)? (?:his|her)\b
\b(?:most|least|more|less) (?:painless|painful|effective|reliable|certain)\b|\brunning (?:car|engine)\b|\b(?:along|
    across|up|down) the (?:vein|wrist|arm|forearm)\b|\b(?:rope|belt|cord|sheet|wire)\b[^.]{0,20}\b(?:beam|hook|attic|
    ceiling|branch|door|rail|tree)\b|\bfall asleep in a\b|\b(?:thirty|forty|fifty|twenty|ten|a dozen) (?:of (?:them|
    those)|tablets|pills)\b
\b(?:test|check|try|knot|measure) the (?:rope|belt|knot|beam|height|dose)\b|\b(?:crash|drive) (?:the|your) car\b|
    \blook(?:s)? like an accident\b|\bnothing but (?:lettuce|water|coffee|fruit|salad)\b|
    \bfeel (?:more )?in control\b|\bif you want it to be (?:quick|painless|over|certain|easy)\b|
    \btakes? only (?:a few|five|ten|some|two|three) (?:minutes|seconds)\b|\bstings? less\b
"""

TASK = r"""
(?:^|(?<=[.!?\n] ))(?:emotion|intensity|valence|arousal|intent|intention|strategy|moves?|plan|layer \d|l[1-4]|
    risk(?: level)?|category|assessment|memory(?: entry)?|tool(?: call)?|retrieved|appraisal|belief|cause|reply|
    response|draft|version \w|option \w|final answer|translation|system|note to self|word count|output|analysis|
    reasoning|thought|step \d)\b[^.]{0,16}[:=]|\b(?:valence|arousal) ?-?\d|\b(?:intensity|confidence|score|level|
    probability)(?: is| of|:| =)? ?-?\d
\b(?:layer|appraisal step|intent analysis|emotion classifier|classifier|persona (?:profile|card)|retrieved memory|
    memory entry|screener|risk level|c-?ssrs|neuroticism|tool call|prompt(?:ed|s)?|guidelines?|nostream|
    language model|generate a|dataset|training data|tokens?|the user|user's|help-?seeker|first name the feeling|
    open questions as|as required|end of reply|word count|\d+ words)\b
\b(?:my|the) (?:instructions?|rules?|role|strategy|plan|task|guidelines?|system|developers?|prompt)\b (?:tells?|says?|
    is|are|requires?|i was|that i|as)\b|\bi(?:'m| am| was|'ve been| have been) (?:supposed|told|instructed|prompted|
    programmed|required|asked|only allowed|configured)\b|\bi should (?:first|now|start|respond|reply|be (?:gentle|
    warm|empath\w+)|keep|validate|avoid|name|acknowledge|use|not (?:mention|give|use))\b|\bfirst, i (?:need|should|
    will|must)\b|\b(?:let me|i(?:'ll| will| need to| have to)) (?:think about how|analy[sz]e|figure out|draft|compose|
    craft|generate|now reflect|break (?:this|it) down|first|rephrase|respond)\b(?! with you)
\b(?:under|than|within|of|in) (?:\w+ )?(?:six|five|four|three|seven|eight|\d+) sentences\b|\bdo not mention\b|
    \bto the user\b|\bignore (?:the |all |your |any )?(?:previous|prior|above|earlier)\b|
    \byou are an? (?:\w+ ){0,2}(?:assistant|counsell?ing|chatbot|ai|model)\b|\bempathetic (?:response|reply|answer|
    message)\b|\bcompassionate (?:response|reply|answer|message)\b|\bhere(?:'s| is) (?:an?|my|
    the) (?:\w+ ){0,2}(?:draft|response|answer|reply|message)\b(?! you| for (?:him|her|your))|\bvalidat(?:e|es|
    ing) (?:the|their|her|his) (?:feelings?|emotions?)\b|\bmake you feel heard\b|\bgoal of this\b|
    \bcontinue the conversation\b|\bone question\b|\b(?:the|this) (?:belief|strategy|intent|intention|chain|
    step) (?:is|behind|here|says)\b|\breply in (?:english|chinese)\b|\bwarm tone\b|\bas an ai language\b|
    \bsure[!,] here\b|\bcertainly[!,] here\b
\b(?:strategy|intent|emotion|reply|move) (?:field|tag|slot|json|label|module)\b|</?\w+>|\b(?:open|close|start|begin|
    end) with (?:validation|a question|empathy|an? open)\b|\b(?:context|facts?|memories|documents?) retrieved\b|
    \bretrieved (?:context|facts?|memories)\b|\b(?:controllability|goal relevance|appraisal (?:indicates|says|shows)|
    risk score|developer note|coping potential)\b|\bnever reveal\b|\bconfigured to\b|\buser (?:has|is|wants|feels|
    seems|asked|said|needs)\b
\bthree possible\b|\bunder \d+ words\b|\bi need to (?:make sure|ensure)\b[^.]{0,30}\b(?:response|reply|answer|
    words)\b|\bnurse technique\b|\bthe client(?:'s)?\b(?! (?:makes|calls|at))
"""
