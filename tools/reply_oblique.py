"""What a reply must not hold in oblique words: advice, verdicts, blame and comfort that name no forbidden thing.

Data, one alternative per line; `reply_rules` says how the lines are read. The lines are broader than those of
`reply_phrases`: some good sentences fall with the bad ones. English; the Chinese lines are in `reply_oblique_zh`.
"""

from __future__ import annotations

# A medicine is a matter for a doctor: these need an excuse in the same sentence.
MEDICINE = r"""
\b(?:(?P<named>{drug})|{medicine}|anti-?histamines?|benadryl|cannabis|weed|micro-?dos\w*|shrooms|cbd|magnesium|
    herbal (?:remed\w+|teas?|drops?|tinctures?)|over[- ]the[- ]counter|sleep aids?|serotonin|wean(?:ing)?|
    taper(?:ing)?|side[- ]effects?)\b
\b(?:glass|sip|shot|drop|bit|couple|few|bottle|with a|some) (?:of )?(?:wine|beers?|whisk\w+|drinks|vodka|rum|brandy|
    alcohol)\b(?=[^.]*\b(?:help|relax|sleep|switch|loosen|ease|calm|unwind|nerves|edge|numb|fine|treat|hurt|gentle|
    kick|quick|faster)\w*)
\b(?:take|pop|try|use|have|borrow) (?:an?|one|two|half|another|some) (?:extra |more |fewer )?(?:of (?:his|her|my|your|
    their|those|the)\b|one (?:when|before|at|if)\b|when (?:it|you|the panic)|instead of (?:one|two)\b)
\b(?:an extra one|two instead of one|half of one|a stronger one|something stronger|something (?:mild|light)er?)\b
\b(?:stop|quit|leave|skip|drop|ditch|halve|cut) (?:them|it|those|the (?:evening|morning|night) (?:one|
    dose))(?: down)?(?=[^.]*\b(?:once|as soon as|when|slowly|gradually|yourself|on your own|any ?time|for a (?:few|
    while|day|week)))
\b(?:com(?:e|ing)|go(?:ing)?|get(?:ting)?) (?:back )?off (?:it|them|those)\b|\b(?:wrong|right|better|different|
    another) (?:drug|medication|medicine|meds|dose|pills?)\b|\bput you on the wrong\b|\bon (?:it|them) long enough\b
\b(?:safe|fine|okay|ok|harmless|no harm|no need)\b[^.]{0,40}\b(?:tell(?:ing)? (?:your|the) (?:doctor|psychiatrist|gp)|
    taper|stop(?:ping)? (?:them|it))\b|\bwithout (?:telling|asking) (?:your|the|a) (?:doctor|psychiatrist|gp)\b
\b(?:switch you|put you|start you|get you) (?:to|on)\b(?= (?:something|a|an|the|some)\b)|\bprescri(?:be|
    ption)s? (?:for|today|something|and)\b
\b(?:cold turkey|every other day|cut(?:ting)? (?:back|down) (?:to|on (?:it|them))|(?:come|wash|kick)(?:s|ing)? (?:it|
    them) down|kicks? in|small dose|low dose|generic|grapefruit|doubling up|stay away from (?:them|it)|those drugs|
    stop(?:ping)? them once)\b
\bcough syrup\b|\bleave them out\b|\b(?:probably|likely) the reason you feel\b|\b(?:meds|tablets|pills|
    drugs) are (?:probably|likely|only|just|what)\b
\b(?:from|at) the (?:pharmacy|chemist|drug ?store)\b(?! (?:ask|and ask))|\bswitch brands\b|\bwith (?:vodka|wine|
    whisk\w+|beer|alcohol|rum)\b|\bquarter of a\b|\bsomething (?:mild|strong|natural|herbal|calming)\b|\b(?:drops|
    remedy|remedies) (?:work|help)\b
"""
MEDICINE_EXCUSED = r"""
\b(?:can't|cannot|can not|not able|unable|won't|not my place|not qualified)\b[^.]{0,60}\b(?:diagnose|advise|advice|
    say|tell|judge|recommend|comment|decide)|\b(?:ask|tell(?:ing)?|told|talk\w*|speak\w*|check\w*|bring\w*|mention\w*|
    discuss\w*|decide|show|call|contact|see|questions?) (?:\w+ ){0,6}?(?:doctors?|gp|psychiatrists?|pharmacists?|
    prescribers?|nurse|physician|appointment|surgery|emergency|poison)\b|\b(?:doctor|gp|psychiatrist|pharmacist|
    professional) (?:or \w+ )?(?:can|could|is|will|about)\b|\bquestions? (?:\w+ ){0,5}(?:is|are|
    belongs?)\b[^.]{0,30}\b(?:doctor|person who)\b|\bwho prescri|\bthan (?:was |were )?prescribed\b|\bout of reach\b|
    \bdistance\b|\bkeep (?:them|those)\b|\baway from\b
\bdoctor would want\b|\b(?:new|the) tablets (?:sound|make|don't)|\byou(?:'ve| have|'re| are| were|
    'd)?(?: \w+)? (?:said|wrote|told|mention\w*|describ\w*|tak(?:e|ing|en)|took|been taking|started|stopped|worr\w+|
    drank|drink|given|asked|noticed|feel|felt|swallowed|wonder\w*)\b|\bhave you (?:taken|had|been)\b|\bdid you take\b|
    \bhow (?:much|many|is|are)\b|\bdoctor to tell\b|\b(?:don't|do not|never) (?:stop|change|take|
    mix)\b[^.]{0,40}\b(?:without|before)\b|\bbefore (?:changing|stopping|taking)\b
"""

VERDICTS = r"""
\b(?:textbook|classic|hallmarks?|tick(?:s|ed)? (?:\w+ )?box(?:es)?|on the spectrum|trauma (?:response|bond\w*)|
    high-?functioning|clinically|undiagnosed|agoraphobi\w+|(?:social|specific|simple) phobia|attachment (?:style|
    disorder|issues)|(?:avoidant|anxious|insecure|disorgani[sz]ed) (?:attachment|personality)|dissociati\w+|
    complex (?:trauma|ptsd)|psychotic|borderline|fits the profile|clinicians|attachment disorder|gad|psychosomatic|
    hypochondri\w+|delusion\w*|manic|hypomani\w+|histrionic|oppositional|cluster b|dsm|severe range|
    adjustment disorder|imposter syndrome|executive dysfunction|neurodivergent|co-?depend\w+)\b
\b(?P<named>{condition}|attention deficit)\b
\b(?:my (?:assessment|diagnosis|clinical \w+)|clinical point of view|i(?:'d| would) (?:diagnose|say (?:you(?:'re| are|
    have)|this is|that)|call (?:this|it|that))|i can rule out|i suspect (?:there|you|that|an?)|put a (?:name|
    label) on)\b
\b(?:early|clear|warning|typical|sure|tell-?tale) (?:signs?|symptoms?) of\b|\b(?:nothing|
    something) (?:is )?(?:clinically |mentally |medically )?wrong with you\b(?! for)|\byour (?:hormones?|thyroid|
    brain chem\w+|cortisol|dopamine|symptoms?)\b(?= (?:is|are|point|suggest|mean|show|indicat|explain|must))|
    \bit(?:'s| is) your (?:thyroid|hormones|heart|nerves|gut)\b|\bchemical imbalance\b
\b(?:pains?|lump|palpitations?|headaches?|dizziness|blood|rash|cough|numbness)\b[^.]{0,30}\b(?:is|are) (?:just|only|
    nothing|simply|probably|most likely|certainly|surely)\b
\byou(?:'re| are) (?:an? )?(?:alcoholic|addict|hypochondriac|codependent|anorexic|bulimic|psychotic|manic|
    clinically)\b|\b(?:you|your \w+) (?:have|has|is having|are having|are experiencing|
    is experiencing) an? (?:\w+ ){0,2}(?:episode|breakdown|disorder|phobia|condition)\b
\byou (?:clearly |really |definitely |certainly )?(?:don't|do not) have (?:a |any )?(?:depression|anxiety|trauma|
    {condition})\b|\bisn't (?:real )?(?:trauma|depression|abuse)\b|\bnot (?:really |real )(?:trauma|depression|
    abuse)\b
\b(?:depressive|psychotic|panic) (?:component|phase|features?|tendenc\w+)\b|\bburn-?out (?:with|syndrome|phase)\b|
    \bin the early stages? of\b|\bcore \w+ trait\b
\bcore \w+ traits?\b|\byou(?:'re| are) not (?:\w+ )?(?:depressed|ill|sick|anxious|bipolar|
    traumati[sz]ed),? (?:you(?:'re| are)|just|only)\b|\b(?:is|was|are) a narciss\w+\b
"""
VERDICTS_EXCUSED = r"""
\b(?:can't|cannot|can not|not able|unable|couldn't|don't know)\b[^.]{0,50}\b(?:say|tell|diagnos\w*|judge|know|name|
    whether)|\bwhether\b|\byou (?:said|wrote|told|mention\w*|were told|were given)\b|\b(?:been|being|were|was|got|the|
    your|after|a) (?:\w+ )?diagnos(?:ed|is)\b(?! is)|\b(?:doctor|psychologist|psychiatrist|professional|
    specialist) (?:\w+ ){0,3}(?:can|could|would|told|said|to|look|and)\b|\btold that\b|\bwant(?:ed)? to know\b|
    \blabel\b
"""

SMALL = r"""
\b(?:grand|bigger|larger) (?:scheme|picture)\b|\b(?:keep|put) (?:it|this|things|that) in perspective\b|
    \bin perspective\b|\b(?:year|month|week|day)s? from now\b[^.]{0,40}\b(?:won't|not|forget|laugh|remember|look)\b|
    \byou(?:'ll| will) (?:even |soon |one day )?(?:laugh|forget|look back|get used|thank|miss this|be over|bounce)\b
\b(?:trade|swap|change) (?:places|lives) with you\b|\bthink of (?:the|all the|those|people|children|
    kids)\b[^.]{0,40}\b(?:war|starv\w+|cancer|homeless|worse|poor|nothing|less|who (?:have|don't))\b|
    \b(?:compared (?:with|to)|next to)\b[^.]{0,40}\b(?:others?|users|people|most|real|what)\b|\b(?:a|
    with a) life like yours\b|\breal (?:problems|abuse|trauma|suffering|grief)\b
\byou(?:'ve| have) got (?:a roof|your health|a job|food|a family|your whole|so much|everything|it (?:easy|good|
    made))\b|\byou still have (?:your|a|the|two|so)\b|\b(?:a roof over|food on the table|your health, and)\b|
    \bon the plus side\b|\b(?:the good news|luckily|fortunately|thankfully)\b[^.]{0,60}\b(?:you|it|she|he|was|is|
    other)\b
\byou(?:'re| are) (?:still )?young\b|\bcan (?:always )?(?:have|get|find|make|buy|adopt) (?:another|a new|more|
    others)\b|\b(?:long|full|good) life, (?:so|and)\b|\bhis time\b|\bher time\b|\b(?:in a )?better place\b|
    \bplenty more\b|\bhadn't (?:really )?(?:got|gotten|become) attached\b|\bat least\b(?! (?:one|tell|tonight|
    for tonight|you can|try|call|a (?:little|few)))|\bwasn't (?:even )?(?:born|far along)\b
\b(?:simply|just|try|why not|have you tried|choose|only) (?:to )?(?:not )?(?:think(?:ing)? (?!about what)|
    focus(?:ing)?|ignor(?:e|ing)|forget(?:ting)? (?:it|him|her|about)|smil(?:e|ing)|mov(?:e|ing) on|let (?:it|him|
    her) go|happiness|choos(?:e|ing)|toughen\w*|distract\w*)\b(?! (?:about (?:what|how) you|of (?:me|writing)|
    that you|taking))
\bnot think(?:ing)? about it\b|\bfocus on the (?:positives?|good|bright)\b|\bgratitude\b|\b(?:change|shift) (?:of|in|
    your) (?:attitude|mindset|outlook|perspective)\b|\bfake it\b|\bmind over matter\b|\bput (?:a|on a) smile\b|
    \bsmile on\b|\b(?:choose|happiness is|it's) (?:a choice|happiness|up to you to be)\b|\bgood night's sleep and\b|
    \bpositive (?:thinking|attitude|vibes|mindset)\b
\b(?:letting|let) (?:it|this|that|him|her|them) get to you\b|\b(?:making|blowing) (?:this|it|things|that|
    everything)\b[^.]{0,25}\b(?:bigger|out of proportion|worse|a drama|harder)\b|\bout of proportion\b|
    \boverthink\w*\b|\bover-?react\w*\b|\bover-?dramati\w*\b|\b(?:so|too|very|all that|particularly|hardly|
    that) (?:serious|dramatic|tragic|a tragedy)\b|\bhardly (?:a|the|worth|anything)\b|\bcompletely (?:ordinary|
    normal) (?:situation|thing|problem)\b
\b(?:everybody|everyone(?!'s safety)|every \w+|all of us|we all|most people|all couples|all parents|
    plenty of (?:people|folks)|lots of people|most teenagers|all teenagers)(?:'s| has| have| gets?| goes| go| did|
     does| feels?| are| is| would|'d)\b(?! (?:allowed|needs|deserves|else|been told|around|in the (?:family|house|
    room|group|team)|at (?:work|home|school)|left|asking|telling|watching|expecting|who))|\bboys will be boys\b|
    \b(?:only|just|probably) (?:teas\w+|jok\w+|kidding|playing)\b|\bnormal for (?:couples|parents|men|husbands|
    families|kids|boys)\b|\bonce in a while\b|\bnow and then\b
\bwords can't hurt\b|\bunless you let (?:them|him|her|it)\b|\bthis too shall\b|\bno point in (?:dwelling|crying|
    worrying)\b|\bdwell(?:ing)? on\b|\bpick yourself (?:up|back)\b|\b(?:just|simply) have to (?:push|get|move|live|
    accept|deal|carry|go|learn|be|stop|let)\b|\bpush through it\b|\bnobody (?:ever )?died of\b|\b(?:don't|
    not) make (?:it |this )?(?:in)?to a? ?(?:drama|fuss|scene)\b|\bjust a phase\b|\bgo(?:es|ing)? through (?:it|that|
    this) (?:phase|at your age)\b
\byou (?:don't|do not) (?:really |actually )?(?:mean|want) (?:that|to die|it)\b|\byou say you want to die, but\b|
    \b(?:merely|it's only|it was only|it's just|it was just|it is just|that's just|only a few|just a few|
    just a bit of) (?:an? |some |your |the )?(?:stress|cuts?|scratch\w*|words|bad|nerves|cat|dog|exam|phase|rough|
    hormones?|job|break-?up|weekend|winter|silly|little|small|misunderstanding|fight|argument|number|money|teenage|
    early|minor|one)\b|\b(?:such|these are|are) small things?\b|\bcarried away\b|\bnothing (?:here |there )?that a\b|
    \b(?:no|any) (?:real |good )?reason to (?:feel|be (?:sad|unhappy|depressed|upset|afraid|angry))\b(?! (?:guilty|
    ashamed))
\bmost people would be\b|\bwater under the bridge\b|\bsleep(?:s|ing)? it off\b|\bworse things\b|\brough patch\b|
    \bcould be (?:a lot |much |far )?worse\b|\beasy to solve\b|\b(?:isn't|not|doesn't sound|don't sound|hardly|
    never)(?: \w+)? (?:all )?(?:that|so|too|as) (?:serious|bad|terrible|hard|difficult|big|important|dramatic)\b|
    \bthings can't be that\b|\b(?:man|woman|girl|boy|soldier) up\b|\bbig (?:girl|boy)s? (?:don't|do not|now)\b|
    \btough(?:en)? it out\b
\b(?:natural order|part of life|drop in the (?:ocean|bucket)|right as rain|bubble bath|good as new|
    bump (?:in the road|like this)|pretty (?:tame|mild|minor|normal|common)|hardly (?:a |the )?\w+|that's just how|
    just how it (?:is|goes)|first[- ]world|storm in a teacup|no use crying|spilt milk|silver lining|snap out|
    bright side|get on with it|worry about nothing|nothing to cry|free time for yourself|isn't really trauma|
    not real(?:ly)? trauma)\b
\b(?:some|other|many|most) (?:people|refugees|kids|children|folks|orphans|women|men|families|
    patients)\b[^.]{0,50}\b(?:lost everything|still (?:manage|smile)|nothing|starv|cancer|far less|worse|cope with|
    would kill|dream of)\w*
\b(?:might|may) (?:feel|seem|look) (?:huge|big|bad|awful|terrible|like the end)\b[^.]{0,30}\bbut\b|\b(?:ice cream|
    chocolate|pizza|shopping|good movie|nice walk|deep breath|nap|warm bath)\b[^.]{0,40}\b(?:and you'll|will (?:fix|
    sort|cure|solve)|you'll be|as new|all better)\b
\b(?:is|it's) just a phase\b|\bphase (?:most|many|all)\b
\bcould have been (?:so )?(?:much |far |a lot )?worse\b|\byou(?:'re| are) (?:just|only) (?:tired|hormonal|hungry|
    stressed|bored|sad|lonely|young|emotional|nervous|imagining)\b|\bthat's all it is\b|\b(?:crying|tears|worrying|
    complaining|moping) (?:won't|doesn't|will not|never) (?:change|help|solve|bring)\b|\blife is (?:beautiful|short|
    too short|good|what you)\b|\bhappens? to (?:everybody|everyone|all of us|the best)\b|\bget over (?:him|her|it|
    them|this)\b
\b(?:survives?|gets over|recovers from) (?:it|this|that|them)?\b(?=[^.]*\b(?:everybody|everyone|we all))|
    \b(?:everybody|everyone|we all) (?:survives?|gets? over|copes?|manages?)\b|\bjust be (?:strong|brave|patient|
    grateful|yourself|happy|positive|glad)\b|\bkeep smiling\b|\bnot (?:really )?(?:something|anything|
    worth) (?:to )?(?:cry|crying|worry|fuss)\w*\b|\btime (?:will|takes? care|heals?)\b(?=[^.]*\b(?:care|heal|fix|sort|
    fret|pass|tell)\b)|\bdon't (?:fret|sweat|take (?:it|them) to heart)\b|\bblessing in disguise\b|\bevery cloud\b|
    \bin no time\b|\bthank your lucky\b|\bbe glad (?:that|it|you)\b
"""

FAULTS = r"""
\b(?:might|may|could|perhaps|maybe|wonder (?:if|whether))\b[^.]{0,30}\byou(?:'ve| have)? (?:\w+ly )?(?:provoked?|
    triggered|pushed|encouraged|invited|led|misled|upset|annoyed|caused|contributed|done something|did something)\b|
    \b(?:played|play) (?:your|a) (?:part|role)\b|\btakes two\b|\byour (?:part|share|role) in (?:this|it|all|what|
    how)\b
\b(?:if(?! you are)|had) you(?:'d| had| have)? (?:only |just |been |not )*(?:\w+ ){0,6}[^.]{0,60}\b(?:might|would|
    could)(?:n't| not)? (?:never )?(?:have|be|still)\b(?! (?:told|said) (?:a|your) friend)|\bnone of this would\b|
    \bwould still be (?:alive|here|with)\b|\b(?:an hour|a day|sooner|earlier)\b[^.]{0,40}\bwould\b
\bwhat (?:you )?(?:did|do|have|had) you (?:do|did|done|said?)?[^.]{0,20}\b(?:made|make|angry|deserve|provoke)\b|
    \bwhat you did (?:that|to)\b|\bworth asking what you\b|\bwhat (?:were|was) you wearing\b|
    \bwhat you were wearing\b(?! (?:makes|does|doesn't|is not|has))|\basking for (?:it|trouble)\b|\blet (?:him|her|
    them) do (?:it|that|this)\b|\byou could(?:'ve| have) (?:said|left|told|stopped|fought|screamed|run|asked|walked|
    called|been (?:clearer|more|kinder))\b
\byou did (?:stay|go back|agree|say yes|let|choose|marry|send)\b|\bpart of you (?:accepted|wanted it|liked|enjoyed|
    allowed)\b|\byou cho(?:se|ose) (?:this|to|him|her|that)\b|\bmade your bed\b|\byou knew what you\b|
    \byour own (?:choices?|decisions?|laziness|stupidity|making|fault|doing|worst enemy|mistakes?)\b|
    \bconsequences? of (?:your|what you|the)\b|\bcommon (?:factor|denominator)\b|\bthat's on you\b|\byou did this\b|
    \byou should own\b|\bown (?:that|it|up)\b
\b(?:no|not a|it's no|little|any) (?:surprise|wonder)\b(?=[^.]*\b(?:tired of|pull|leave|left|avoid|hate|don't (?:want|
    like)|shout|hit|friends|people|everyone))|\b(?:pull|turn|walk|run|back|draw|drift|stay)(?:ed|
    s)? away\b[^.]{0,30}\b(?:because|from you|how)\b|\bhow (?:negative|needy|bitter|clingy|moody|cold|difficult)\b|
    \bwhen you (?:act|behave|talk|carry on) like (?:this|that)\b|\bact like this\b|\bexpect (?:people|anyone|them|him|
    her|others)\b[^.]{0,20}\b(?:to|like|stay)\b
\b(?:wearing|bringing|dragging|driving|putting|pushing|scaring|hurting|exhausting|stressing|
    tiring) (?:\w+ )?(?:{others}|your \w+)\b[^.]{0,30}\b(?:out|down|away|with|by|through|because)\b|
    \bputting your \w+ through\b|\b(?:paying|pay)s? the price for your\b|\bhow hard (?:this|it|that) (?:is|must be|
    has been) (?:for|on) (?:your|him|her|them|the)\b|\bdrove (?:him|her|them) (?:away|to)\b|\bdestroy(?:ed|s|
    ing) (?:this|your|the|his|her) (?:family|marriage|life|home)\b
\bhow selfish\b|\bselfish (?:it|thing|of you|to)\b|\b(?:it's|it is|that's|would be|be|being|been|is|so|rather|
    bit) (?:rather |a bit |very |quite |really |pretty )?(?:selfish|immature|ungrateful|childish|spoilt|foolish|
    reckless|stupid of)\b|\bfoolish thing\b|\bspoil(?:ed|t) (?:child|brat)\b|\bgrown (?:man|woman)\b
\bif you really (?:wanted|want|loved|cared|tried)\b|\byou keep choosing\b|\bstay(?:ing)? stuck\b|
    \bplay(?:ing)? the victim\b|\bvictim (?:role|mentality|card)\b|\byou (?:seem to |just |really |only )?(?:like|
    enjoy|want|crave|love) (?:the |some )?(?:attention|drama|pity|sympathy|being (?:sad|miserable|a victim|
    unhappy))\b|\battention[- ]seek\w*\b|\byou didn't (?:put in|try|work|do enough|care)\b|\byou(?:'re| are)n?(?:'t|
     not) (?:really |even )?trying\b|\bbit of (?:discipline|willpower|effort)\b
\ba (?:good|real|loyal|decent|proper|loving|true|responsible|strong) (?:mother|father|mum|mom|dad|parent|daughter|son|
    wife|husband|friend|man|woman|person|partner|sister|brother|girl|boy) (?:would|wouldn't|does|doesn't|never|always|
    should|stays?)\b|\byou (?:have )?failed (?:him|her|them|your|me|as|at)\b|\byou ignored\b|\bcost (?:him|her|them|
    you) (?:his|her|their|your)\b|\byou ought to\b|\byou (?:lost|lose) \w+ (?:\w+ )?because (?:you|of your)\b
\byou(?:'re| are|'ve been| were) (?:just |simply |being |rather |a bit |a little |too |so |really |quite )*(?:weak|
    lazy|naive|trusting|needy|clingy|negative|difficult|hard to|immature|stubborn|jealous|controlling|demanding|
    irresponsible|oversensitive|thin-?skinned|impossible|toxic|manipulative|self-?absorbed|bitter|spoil\w+|cowardly|
    hysterical|careless|passive)\b(?! (?:for|place|to say))|\byou(?:'re| are) a (?:difficult|bad|hard|weak|terrible|
    selfish)\b|\byou (?:really )?(?:hurt|wounded|broke|betrayed|abandoned|neglected) (?:him|her|them|your \w+)\b|
    \bwhat did you (?:think|expect)\b|\bwhy did(?:n't| not)? you (?:go|stay|let|wait|not|say|tell him|leave|drink)\b|
    \byou (?:only )?have yourself\b
\byour (?:tone|behaviou?r|attitude|mood|words|negativity|nagging|coldness|jealousy|anger|weight|clothes|
    outfit)\b[^.]{0,40}\b(?:set|made|make|drove|drive|caused?|provoked?|pushed?|ruin\w*|triggered|upset|invit\w+|
    led)\b|\bset (?:him|her|them) off\b|\byou (?:do )?have a habit of\b|\buntil they snap\b|\b(?:they|he|she|kids|
    children) (?:sense|feel|notice|pick up) your\b|\bwasn't the (?:smartest|wisest|best|brightest)\b|\bunattended\b|
    \bi can (?:see|understand) why (?:your|he|she|they|people|everyone)\b|\blost patience with you\b
\b(?:nobody|no ?one) (?:to blame )?(?:but|except) yourself\b|\bmight have (?:provoked|upset|pushed|led|annoyed|
    encouraged)\b|\bselfish it would be\b|\bshould have (?:got|gotten|sought|asked|gone|called|said|left|told|known|
    listened|seen|tried|spoken|thought|been)\b(?<!they should have called)(?! (?:to be left|been told))
\b(?:gave|sent|giving|sending) (?:him|her|them) (?:the |a )?(?:wrong|mixed) (?:impression|signals?|ideas?|
    messages?)\b|\bif you weren't (?:so|such)\b|\b(?:some|more|full|part of the) responsibility\b|
    \byour (?:negativ\w+|neediness|drama|moods?|anger|complaining|sadness) (?:is|are|was) (?:what|why|the reason|
    pushing|driving)\b|\bnot a (?:good|real|great|loyal) (?:enough )?(?:friend|mother|mum|mom|father|dad|wife|husband|
    partner|son|daughter|parent|person)\b|\bgood enough (?:friend|mother|partner|wife|daughter|son)\b|
    \bmust have done something\b|\byou gave (?:him|her|them)\b
\bred flags\b|\bdidn't you (?:see|notice|know|realise|realize|think|hear)\b|\byou were the one (?:who|that)\b|
    \b(?:partly|mostly|mainly|largely|all|simply|also) (?:because of (?:you|your)|your (?:own )?(?:doing|fault|
    mistake))\b|\bown behaviou?r\b|\b(?:can't|cannot|don't|shouldn't) blame (?:him|her|them|your)\b|\bwith (?:an|your|
    that) (?:attitude|temper|mouth|face|behaviou?r)\b|\bno wonder (?:you(?:'re| are) (?:alone|single|lonely)|he|she|
    they|nobody|no ?one|everyone)\b|\byou (?:wasted|blew|threw away|missed|squandered|ruined|spoiled|messed up|
    screwed)\b|\bafter what you (?:said|did)\b|\bthe chances? (?:that )?you\b|\bmaking it (?:hard|difficult|
    impossible) for\b
"""
