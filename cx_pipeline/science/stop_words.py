"""Words that say nothing of what a text is about: they neither name a topic nor tell one."""

# English, Portuguese, German. Words of one or two letters are none of a topic's terms anyway.
_WORDS = """
about after again all also always and any are aren't because been
before being both but can can't cannot could couldn't did didn't does doesn't doing don't done
down each even ever every few for from get gets getting give go going gone got had hadn't has
hasn't have haven't having her here him his how however i'd i'll i'm i've into isn't it's its
itself just know let like made make many may maybe me might more most much must need not now off
once one only other our out over own please put really same say see seem she should since some
still such take tell than that that's the their them then there there's these they they're thing
things think this those though through too told tried trying until upon use used very want
wanted was wasn't way well went were weren't what what's when where which while who why will
with without won't would wouldn't yes yet you your yours you're you've

ainda algum alguma além antes apenas após aquela aquele assim até bem cada com como contra cujo
das dela dele deles depois desde dessa desse desta deste deu disse disso disto dos duas ela elas
ele eles entre era eram essa essas esse esses esta está estão estar estas estava este estes
estou eu fazer fez fica ficou foi foram for fosse havia isso isto já lá lhe mais mas mesma mesmo
meu meus minha minhas muita muito muitos nada não nas nem nenhum nessa nesse nesta neste nos
nossa nosso num numa onde ora outra outro outros para pela pelas pelo pelos pode podem pois por
porque pra pro quais qual quando quanto que quem são sem sempre ser será seu seus sim sobre sou
sua suas também tão tal tanto tem tempo tenho ter teve tinha tive toda todas todo todos tudo uma
umas uns vai vez você vocês vou

aber alle alles als also am andere auch auf aus bei beim bin bis bitte da dann darf das dass dem
den der des die dies diese dieser doch dort du durch ein eine einem einen einer eines er es
etwas euch euer für gar gegen gibt habe haben hat hatte hatten hier ich ihm ihn ihr ihre immer
im ins ist jede jeder jetzt kann kein keine können man mehr mein meine mich mir mit muss nach
nicht nichts noch nur oder ohne sehr sein seine seit sich sie sind so über und uns unser unter
viel vom von vor war waren was weil wenn wer werden wie wieder wir wird wo zu zum zur zwar
"""
STOP_WORDS = frozenset(_WORDS.split())
